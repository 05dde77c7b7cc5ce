import { UserError } from '../core/errors.ts';
import { before, DAY, instant, milliseconds } from '../core/time.ts';
import { type Operations } from '../operations/index.ts';
import { type Example, readExamples } from './examples.ts';
import { type Home } from './home.ts';
import { type StartOptions } from './main.ts';
import { type Step } from './progress.ts';
import { openSource, type SimulatedSource } from './source.ts';
import { startStack, type Stack } from './stack.ts';
import { tellStory } from './story.ts';
import { readWorld, saveWorld, startWorld, worldClock, worldFile, type WorldState } from './world.ts';
import { setTimeout as sleep } from 'node:timers/promises';

export interface StartParts {
  home: Home;
  step: Step;
  say(words: string): void;
  options: Omit<StartOptions, 'home'>;
}

export interface Started {
  drift(): void;
  /** Resolves with the name of a process that ended unasked. */
  lost: Promise<string>;
  stop(): Promise<void>;
}

/** From nothing to a served champion and flowing traffic; or from a stopped home on. */
export async function startEverything({ home, step, say, options }: StartParts): Promise<Started> {
  const examples = await readExamples(options.pipelines);
  const simulated = examples.find((example) => example.simulation !== null);
  if (!simulated?.simulation)
    throw new UserError(
      'PIPELINE_INVALID',
      `No pipeline in ${options.pipelines} brings a simulation (NAME/simulation.ts).`,
    );
  const { pipeline, simulation } = simulated;
  const stateFile = worldFile(home.folder);
  const saved = readWorld(stateFile);
  const world: WorldState = saved ?? { seed: 20_260_101, perDay: 4_000, driftSince: null, shown: instant(Date.now()) };

  const stack = await startStack({
    home,
    step,
    note: say,
    ports: { postgres: 54_320, temporal: 7_233, temporalUi: 8_233, server: options.port },
    clock: () => worldClock(world.shown, options.speed),
    sources: [simulation.connection],
  });
  let source: SimulatedSource | undefined;
  try {
    source = await openSource(simulation, stack.environment[simulation.connection]!, world);
    if (!saved) await loadHistory(source, simulated, world, step).then(() => saveWorld(stateFile, world));
    await step(`Apply ${examples.map((example) => example.pipeline.name).join(', ')}`, () =>
      stack.operations.apply(examples, 'npm start'),
    );
    await makeFirstChampion(stack, pipeline.name, world, step);
    const running = startWorld({
      ...stack,
      pipeline,
      source,
      clock: stack.environment['PERENNIAL_CLOCK']!,
      state: world,
      stateFile,
      note: say,
    });
    const story = tellStory({ operations: stack.operations, pipeline: pipeline.name, world: running, say });
    say(whatToLookAt(stack, pipeline.name, options));
    return {
      lost: stack.lost,
      drift: () => say(`Drift: from ${running.drift()} on, customers and thieves behave differently.`),
      async stop() {
        await story.stop();
        await running.stop();
        await source?.close();
        await stack.stop();
      },
    };
  } catch (error) {
    await source?.close();
    await stack.stop();
    throw error;
  }
}

/** A day more than the declaration looks back, up to now. */
async function loadHistory(
  source: SimulatedSource,
  { pipeline }: Example,
  world: WorldState,
  step: Step,
): Promise<void> {
  const from = before(before(world.shown, pipeline.source.history), '1 day');
  const days = milliseconds(pipeline.source.history) / DAY + 1;
  await step(`${days} days of simulated ${pipeline.source.table}, ${world.perDay} a day`, () =>
    source.advance(from, world.shown),
  );
}

async function makeFirstChampion(
  { operations, serverUrl }: Stack,
  name: string,
  world: WorldState,
  step: Step,
): Promise<void> {
  const status = await operations.status.of(name);
  if (!status.snapshot)
    await step('Data loop: extract, validate, snapshot, profile', async () =>
      operations.run.result(await operations.run.start('data', name, world.shown)),
    );
  if (!status.champion)
    await step('Training loop: candidates, gate, register, promote', () => trainFirst(operations, name, world.shown));
  await step('The champion serves', () => untilServing(serverUrl, name));
}

async function trainFirst(operations: Operations, pipeline: string, asOf: string): Promise<void> {
  const request = await operations.retraining.ask({ pipeline, reason: 'a first model', by: 'npm start', asOf });
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
      throw new UserError('NO_CHAMPION', `${serverUrl} does not serve ${pipeline} after 30 s. See ${serverUrl}/health`);
  }
}

const whatToLookAt = ({ serverUrl, temporalUi }: Stack, pipeline: string, { speed }: StartParts['options']): string => `
  Predictions   ${serverUrl}/docs
  Temporal UI   ${temporalUi ?? '(the one of your Temporal)'}
  Status        npx perennial status ${pipeline}
  Drift report  npx perennial report ${pipeline}

  The simulated world runs ${speed} times as fast as ours: ${((speed * 60) / 86_400).toFixed(2)} days a minute.`;
