import { createClock } from '../adapters/machine/clock.ts';
import { operator } from '../core/access/actor.ts';
import { listed } from '../core/base/settings/setting-kinds.ts';
import { UserError } from '../core/base/errors/errors.ts';
import { type Clock } from '../core/time/clock.ts';
import { placeInWords } from '../core/sources/source.ts';
import { before, DAY, instant, milliseconds, type Instant } from '../core/time/time.ts';
import { type Operations } from '../operations/index.ts';
import { environment } from '../wiring/settings.ts';
import { type Example, readExamples } from './simulation/examples.ts';
import { commandFor, type Home } from './stack/home-folder.ts';
import { standardPorts } from './stack/tcp-ports.ts';
import { type Step } from './progress.ts';
import { isSimulated, openSources, type Simulated, type SimulatedSources } from './simulation/sources.ts';
import { startStack, type Stack } from './stack/stack.ts';
import { tellStory } from './simulation/story.ts';
import { readWorld, saveWorld, startWorld, worldClock, worldFile, type WorldState } from './simulation/world.ts';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface StartOptions {
  home: string;
  pipelines: string;
  speed: number;
  port: number;
}

export interface StartParts {
  home: Home;
  step: Step;
  say(words: string): void;
  options: Omit<StartOptions, 'home'>;
}

export interface Started {
  /** Changes the simulated world's behaviour; null if nothing is simulated. */
  drift: (() => void) | null;
  /** Resolves with the name of a process that ended unasked. */
  lost: Promise<string>;
  stop(): Promise<void>;
}

/** From nothing to served champions and flowing traffic; or from a stopped home on. */
export async function startEverything({ home, step, say, options }: StartParts): Promise<Started> {
  // Files are beside their declarations, or where PERENNIAL_DATA_ROOTS or PERENNIAL_RECIPES points.
  const dataRoots = [resolve(options.pipelines), ...listed(environment['PERENNIAL_DATA_ROOTS'] ?? '')];
  const examples = await readExamples(options.pipelines, dataRoots);
  // A simulated world runs ahead of ours; without one, the pipelines' sources are real and so is the time.
  const simulates = examples.some(isSimulated);
  const stateFile = worldFile(home.folder);
  const saved = readWorld(stateFile);
  const world: WorldState = saved ?? { seed: 20_260_101, driftSince: null, shown: instant(Date.now()) };
  let clock: Clock = createClock();
  let sources: SimulatedSources | undefined;

  const stack = await startStack({
    home,
    step,
    note: say,
    actor: operator('npm start', 'automation'),
    dataRoots,
    recipeRoots: [resolve(options.pipelines), ...listed(environment['PERENNIAL_RECIPES'] ?? '')],
    ports: { ...standardPorts, server: options.port },
    clock() {
      if (!simulates) return null;
      const setting = worldClock(world.shown, options.speed);
      clock = createClock(setting);
      return setting;
    },
    async sources(database) {
      sources = await openSources(examples, { ...world, database, now: () => clock.now() });
      return sources.environment;
    },
  }).catch(async (error: unknown) => {
    await sources?.close();
    throw error;
  });
  const simulated = sources?.all ?? [];
  try {
    if (!saved) await loadHistory(simulated, world.shown, step);
    if (simulates) saveWorld(stateFile, world);
    await step(`Apply ${examples.map((example) => example.pipeline.name).join(', ')}`, () =>
      stack.operations.apply(examples),
    );
    const asOf = simulates ? world.shown : undefined;
    for (const { pipeline } of examples) await makeFirstChampion(stack, pipeline.name, asOf, step, say);

    const pipelines = examples.map((example) => example.pipeline);
    const running = simulates
      ? startWorld({
          ...stack,
          simulated,
          clock: stack.environment['PERENNIAL_CLOCK']!,
          state: world,
          stateFile,
          note: say,
        })
      : null;
    const story = tellStory({
      operations: stack.operations,
      pipelines: pipelines.map(({ name }) => name),
      now: () => clock.now(),
      answered: running && (() => running.answered()),
      say,
    });
    say(whatToLookAt(stack, examples, simulates ? options.speed : null, commandFor(home.folder)));
    return {
      lost: stack.lost,
      drift:
        running &&
        (() => {
          const since = running.drift();
          for (const { example } of simulated)
            story.tell(`Drift in ${example.pipeline.name}: from ${since} on, ${example.simulation.drift}.`);
        }),
      async stop() {
        await story.stop();
        await running?.stop();
        await sources?.close();
        await stack.stop();
      },
    };
  } catch (error) {
    await sources?.close();
    await stack.stop();
    throw error;
  }
}

/** A day more than each declaration looks back, up to now. */
async function loadHistory(simulated: Simulated[], shown: Instant, step: Step): Promise<void> {
  for (const { example, source } of simulated) {
    const { pipeline, simulation } = example;
    if (simulation.tables === null) continue; // an API answers of any time
    const from = before(before(shown, pipeline.source.history), '1 day');
    const days = milliseconds(pipeline.source.history) / DAY + 1;
    await step(`${days} days of simulated ${placeInWords(pipeline.source)}, ${simulation.perDay} a day`, () =>
      source.advance(from, shown),
    );
  }
}

/** Trains a pipeline without a champion at once; reports a failure and continues with the others. */
async function makeFirstChampion(
  { operations, serverUrl }: Stack,
  name: string,
  asOf: Instant | undefined,
  step: Step,
  say: (words: string) => void,
): Promise<void> {
  try {
    const status = await operations.status.of(name);
    if (!status.snapshot)
      await step(`${name}: extract, validate, snapshot, profile`, async () =>
        operations.run.result(await operations.run.start('data', name, asOf)),
      );
    if (status.champion === null)
      await step(`${name}: train candidates, judge, register, promote`, () => trainFirst(operations, name, asOf));
    await step(`${name}: the champion serves`, () => untilServing(serverUrl, name));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    say(`${name} has no champion yet. ${error.message}`);
  }
}

async function trainFirst(operations: Operations, pipeline: string, asOf: Instant | undefined): Promise<void> {
  const reason = 'a first model';
  const request = await operations.retraining.ask({ pipeline, reason, ...(asOf && { asOf }) });
  for (;;) {
    const outcome = (await operations.retraining.cycleOf(request))?.outcome;
    if (outcome?.result === 'promoted') return;
    if (outcome)
      throw new UserError('RUN_FAILED', `The first training of ${pipeline} ended ${outcome.result}: ${outcome.reason}`);
    await sleep(200);
  }
}

async function untilServing(serverUrl: string, pipeline: string): Promise<void> {
  for (const deadline = Date.now() + 30_000; ; await sleep(50)) {
    const health = (await (await fetch(`${serverUrl}/health`)).json()) as {
      pipelines: Record<string, { version: number | null }>;
    };
    if (health.pipelines[pipeline]?.version != null) return;
    if (Date.now() > deadline)
      throw new UserError(
        'NO_CHAMPION',
        `${serverUrl} still does not serve ${pipeline} after 30 s. See ${serverUrl}/health`,
      );
  }
}

function whatToLookAt(
  { serverUrl, temporalUi }: Stack,
  examples: Example[],
  speed: number | null,
  command: string,
): string {
  const name = examples[0]?.pipeline.name ?? '';
  const time =
    speed === null
      ? 'Loops run by their schedules.'
      : `The simulated world runs ${speed} times as fast as ours: ${((speed * 60) / 86_400).toFixed(2)} days a minute.`;
  return `
  Console       ${serverUrl}
  Predictions   ${serverUrl}/docs
  Temporal UI   ${temporalUi ?? '(the one of your Temporal)'}
  Status        ${command} status ${name}
  Drift report  ${command} report ${name}

  ${time}`;
}
