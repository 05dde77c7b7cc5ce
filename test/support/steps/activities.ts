import { clockSetting } from '../../../adapters/machine/clock.ts';
import { connect, migrate } from '../../../adapters/postgres/database.ts';
import {
  parsePipeline,
  type Pipeline,
  type PipelineInput,
  type PipelineRef,
} from '../../../core/declaration/pipeline.ts';
import { type Trainer } from '../../../core/training/trainer.ts';
import { type RetrainRequest } from '../../../core/training/retraining/retraining.ts';
import { type Instant } from '../../../core/time/time.ts';
import declaration from '../../../pipelines/fraud.ts';
import { createActivities, stepPorts } from '../../../wiring/activities.ts';
import { readConfig } from '../../../wiring/settings.ts';
import { createThreads } from '../../../workers/threads/threads.ts';
import { createScriptedTrainer } from './scripted-trainer.ts';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

type Steps = ReturnType<typeof createActivities>;

/** What the clock shows. */
export const AS_OF = '2026-03-17T02:00:00.000Z';

// An attempt that fails is what many tests are about.
const logger = new DefaultLogger('ERROR');

/** The fraud example, made for few rows. */
export const aFraudPipeline = (changes: Partial<PipelineInput> = {}): Pipeline =>
  parsePipeline(
    {
      ...declaration,
      expectations: { minRows: 100, freshWithin: '6 hours' },
      candidates: [{ kind: 'logistic', name: 'logistic', epochs: 2 }],
      gates: { metric: 'averagePrecision', margin: 0.01, minPositives: 2 },
      // Judged by the share of drifted columns, which needs no past.
      drift: { severe: 0.2, minRows: 200 },
      ...changes,
    },
    'the test',
  );

/** All activities over real adapters, in a database and folders of their own. Temporal's part is played by the test. */
export interface Rig {
  url: string;
  folder: string;
  ref: PipelineRef;
  pipeline: Pipeline;
  ports: Awaited<ReturnType<typeof makePorts>>['ports'];
  /** What the retraining loop was told. */
  heard: { asked: RetrainRequest[]; ended: string[]; newData: Instant[] };
  /** Plays all trainings. */
  script: ReturnType<typeof createScriptedTrainer>;
  /** Runs one attempt of an activity. */
  run<Name extends keyof Steps>(
    step: Name,
    ...input: Parameters<Steps[Name]>
  ): Promise<Awaited<ReturnType<Steps[Name]>>>;
  /** The same, with what the attempt before left in its heartbeats; hears those of this one. */
  attempt<Name extends keyof Steps>(
    step: Name,
    input: Parameters<Steps[Name]>[0],
    attempt: Attempt,
  ): Promise<Awaited<ReturnType<Steps[Name]>>>;
  apply(changes: Partial<PipelineInput>): Promise<PipelineRef>;
  close(): Promise<void>;
}

export interface Attempt {
  left?: unknown;
  heartbeat?(details: unknown): void;
  /** As the workflow gives it: with one, an attempt beats by a timer. */
  heartbeatTimeoutMs?: number;
  /** Given the means to cancel the attempt. */
  began?(cancel: () => void): void;
}

/** For all rigs of a process: a thread takes longer to start than most of what it computes. */
const threads = createThreads();

interface Outside {
  environment: Record<string, string>;
  trainer?: Trainer | undefined;
}

async function makePorts(url: string, folder: string, { environment, trainer }: Outside) {
  const database = connect(url, { connections: 6 });
  await migrate(database);
  const config = readConfig({
    DATABASE_URL: url,
    OBJECT_STORE_URL: pathToFileURL(join(folder, 'objects')).href,
    PERENNIAL_CLOCK: clockSetting(new Date(AS_OF), new Date(), 0),
    PERENNIAL_DATA: folder,
    PERENNIAL_DATA_ROOTS: folder,
  });
  const heard: Rig['heard'] = { asked: [], ended: [], newData: [] };
  const script = createScriptedTrainer();
  const ports = {
    ...(await stepPorts(config, database, { environment, trains: false })),
    loop: {
      ensure: async () => {},
      ask: async (request: RetrainRequest) => void heard.asked.push(request),
      newData: async (_pipeline: string, asOf: Instant) => void heard.newData.push(asOf),
      trainingEnded: async (_pipeline: string, cycle: string) => void heard.ended.push(cycle),
    },
    rolloutRuns: { start: async ({ id }: { id: string }) => id },
    experimentRuns: { start: async () => {} },
    trainer: trainer ?? script.trainer,
    threads,
  };
  return { ports, database, heard, script };
}

let attempts = 0;

export async function makeRig(url: string, folder: string, outside: Outside): Promise<Rig> {
  const { ports, database, heard, script } = await makePorts(url, folder, outside);
  const steps = createActivities(ports);
  const pipeline = aFraudPipeline();
  const { ref } = await ports.pipelines.apply(pipeline, 'the test');

  const attempt: Rig['attempt'] = <Name extends keyof Steps>(
    step: Name,
    input: Parameters<Steps[Name]>[0],
    { left, heartbeat, heartbeatTimeoutMs, began }: Attempt,
  ) => {
    const info = {
      activityId: `step-${++attempts}`, // each is of a step of its own
      ...(heartbeatTimeoutMs && { heartbeatTimeoutMs }),
      ...(left !== undefined && { attempt: 2, heartbeatDetails: left }),
    };
    const environment = new MockActivityEnvironment(info, { logger });
    if (heartbeat) environment.on('heartbeat', heartbeat);
    type Result = Awaited<ReturnType<Steps[Name]>>;
    const activity = steps[step] as unknown as (input: unknown) => Promise<Result>;
    const running: Promise<Result> = environment.run(activity, input);
    began?.(() => environment.cancel('CANCELLED'));
    return running;
  };
  return {
    url,
    folder,
    ref,
    pipeline,
    ports,
    heard,
    script,
    attempt,
    run: (step, ...[input]) => attempt(step, input as never, {}),
    apply: async (changes) => (await ports.pipelines.apply(aFraudPipeline(changes), 'the test')).ref,
    async close() {
      ports.analytics.close();
      await database.end();
    },
  };
}
