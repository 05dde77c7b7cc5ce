import { clockSetting } from '../../adapters/machine/clock.ts';
import { operator } from '../../core/access/actor.ts';
import { messageOf, UserError } from '../../core/base/errors/errors.ts';
import { DAY, milliseconds, type Instant } from '../../core/time/time.ts';
import { readExamples } from '../../local/simulation/examples.ts';
import { openHome } from '../../local/stack/home-folder.ts';
import { type Watched, watchMemory } from '../../local/stack/memory.ts';
import { createProgress } from '../../local/progress.ts';
import { isSimulated, openSources, type SimulatedSources } from '../../local/simulation/sources.ts';
import { startStack } from '../../local/stack/stack.ts';
import { saveWorld, worldFile } from '../../local/simulation/world.ts';
import { playStory } from './scenes.ts';
import { BrokenLink, createTimeline, linkInWords } from './timeline.ts';
import { Command } from 'commander';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';

interface Options {
  json: boolean;
  home: string;
  pipelines: string;
  pipeline: string | undefined;
  perDay: number | undefined;
}

const START: Instant = '2026-01-19T00:00:00.000Z';
const SEED = 20_260_101;
const PORTS = { postgres: 15_420, temporal: 7_333, temporalUi: 8_333, server: 8_180 };

const note = (words: string): void => void process.stderr.write(`${words}\n`);

async function main({ json, home: folder, pipelines, pipeline: chosen, perDay: asked }: Options): Promise<number> {
  const simulated = (await readExamples(pipelines)).filter(isSimulated);
  // By default: one whose drift shows in the application's requests.
  const example = simulated.find(({ pipeline: { name, drift } }) =>
    chosen === undefined ? drift.of === 'requests' : name === chosen,
  );
  if (!example)
    throw new UserError(
      chosen === undefined ? 'PIPELINE_INVALID' : 'PIPELINE_UNKNOWN',
      `${pipelines} has no ${chosen === undefined ? 'pipeline' : `pipeline ${chosen}`} that brings a simulation; ` +
        `with one: ${simulated.map(({ pipeline }) => pipeline.name).join(', ') || 'none'}.`,
    );
  const { pipeline, simulation } = example;
  const perDay = asked ?? 2 * simulation.perDay; // a minute's story can bear more than a day's
  const home = openHome(folder);
  const marker = join(home.folder, 'demo.json');
  if (!existsSync(marker) && readdirSync(home.paths.postgres).length > 0) {
    home.close();
    throw new UserError(
      'ALREADY_RUNNING',
      `${home.folder} holds a home that "npm start" made, and the demo begins with an empty one. Name another with --home.`,
    );
  }
  writeFileSync(marker, JSON.stringify({ started: new Date() }));
  for (const path of Object.values(home.paths)) rmSync(path, { recursive: true, force: true });
  for (const path of Object.values(home.paths)) mkdirSync(path);
  const { step, times } = createProgress();
  const timeline = createTimeline((link) => (json ? undefined : process.stdout.write(linkInWords(link))));
  const self: Watched = { name: 'demo', pid: process.pid, alone: true };
  let processes = [self];
  const memory = watchMemory(() => processes);
  let failure: string | null = null;
  let sources: SimulatedSources | undefined;
  // Time stands still unless the story says otherwise.
  let shown = START;
  const now = (): Date => new Date(shown);
  try {
    const stack = await startStack({
      home,
      step,
      note,
      actor: operator('demo', 'automation'),
      dataRoots: [pipelines],
      recipeRoots: [pipelines],
      ports: PORTS,
      // Every loop gets its time.
      clock: () => clockSetting(new Date(START), new Date(), 0),
      async sources(database) {
        sources = await openSources([example], { seed: SEED, perDay, driftSince: null, now, database });
        return sources.environment;
      },
    });
    processes = [self, ...stack.processes];
    try {
      const { source } = sources!.all[0]!;
      const historyDays = milliseconds(pipeline.source.history) / DAY + 1;
      const parts = {
        stack,
        source,
        example,
        step,
        timeline,
        start: START,
        historyDays,
        onTime: (at: Instant) => void (shown = at),
      };
      const story = playStory(parts);
      const lost = stack.lost.then((name) =>
        Promise.reject(new BrokenLink(`${name} ended; see ${home.paths.logs}/${name}.log`)),
      );
      shown = await Promise.race([story, lost]);
      saveWorld(worldFile(home.folder), { seed: SEED, driftSince: source.driftSince(), shown });
    } finally {
      memory.stop();
      await sources?.close();
      await step('Stop', () => stack.stop());
    }
  } catch (error) {
    failure =
      error instanceof BrokenLink || error instanceof UserError
        ? error.message
        : ((error as Error).stack ?? messageOf(error));
  } finally {
    home.close();
  }

  const seconds = Math.round(timeline.seconds() * 10) / 10;
  const facts = {
    ok: failure === null,
    ...(failure !== null && { failure }),
    seconds,
    machine: { cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30), node: process.version },
    pipeline: pipeline.name,
    perDay,
    timeline: timeline.links,
    steps: times.map(({ step: name, seconds: took }) => ({ step: name, seconds: Math.round(took * 10) / 10 })),
    memoryMiB: memory.peaks(),
  };
  if (json) process.stdout.write(`${JSON.stringify(facts, null, 2)}\n`);
  else if (failure === null)
    process.stdout.write(
      `\nEvery link happened, in ${seconds} s. Continue from here with: npm start -- --home ${folder}\n`,
    );
  if (failure !== null) note(`The demo failed: ${failure}`);
  return failure === null ? 0 : 1;
}

const program = new Command('npm run demo --')
  .description(
    'Plays the whole story without a person, on a simulated clock, and fails if any link of it did not happen.',
  )
  .option('--json', 'print one object with timeline, steps and memory', false)
  .option('--home <folder>', 'made anew for each run', '.perennial-demo')
  .option('--pipelines <folder>', 'folder of declarations', 'pipelines')
  .option('--pipeline <name>', 'the simulated pipeline to play')
  .option('--per-day <rows>', 'rows a day, instead of twice what its simulation says', Number)
  .parse();
process.exit(
  await main(program.opts<Options>()).catch((error: unknown) => {
    note(error instanceof UserError ? error.message : ((error as Error).stack ?? messageOf(error)));
    return 1;
  }),
);
