import { type ApprovalActivities } from '../../../activities/rollout/approval.ts';
import { type RolloutActivities } from '../../../activities/rollout/rollout.ts';
import { type ConfirmActivities } from '../../../activities/rollout/confirm.ts';
import { type StepActivities } from '../../../activities/rollout/take-step.ts';
import { type ExperimentActivities } from '../../../activities/experiments/experiments.ts';
import { type CareActivities } from '../../../activities/care/care.ts';
import { type DataActivities } from '../../../activities/data/data.ts';
import { withFailures } from '../../../activities/steps/failures.ts';
import { type LifecycleActivities } from '../../../activities/lifecycle/lifecycle.ts';
import { type MonitoringActivities } from '../../../activities/monitoring/monitoring.ts';
import { type PredictionActivities } from '../../../activities/prediction/prediction.ts';
import { type RetrainingActivities } from '../../../activities/retraining/retraining.ts';
import { type TrainingActivities } from '../../../activities/training/training.ts';
import { workflowBundle } from '../../../adapters/temporal/bundles/bundle.ts';
import { milliseconds } from '../../../core/time/time.ts';
import { findTestServer } from '../../../local/toolchain/tools/test-server.ts';
import { attributes } from '../../../workflows/messages.ts';
import { machineIn } from '../../../wiring/settings.ts';
import { names } from './names.ts';
import { activityInfo, ApplicationFailure } from '@temporalio/activity';
import { type WorkflowHandle, type WorkflowStartOptions } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { defineSearchAttributeKey } from '@temporalio/common';
import {
  bundleWorkflowCode,
  DefaultLogger,
  makeTelemetryFilterString,
  Runtime,
  Worker,
  type WorkflowBundleOption,
} from '@temporalio/worker';
import { setTimeout } from 'node:timers/promises';

/** These loops as one file, bundled once for the same sources; or those at another path. */
export const bundleLoops = (path?: string): Promise<WorkflowBundleOption> =>
  path === undefined
    ? workflowBundle(machineIn().bundlesFolder)
    : bundleWorkflowCode({ workflowsPath: path, logger: new DefaultLogger('ERROR') });
/** What a schedule tells the runs it starts: the moment they are for. */
export const scheduledFor = defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME');
const [KEYWORD, DATETIME] = [2, 6]; // temporal.api.enums.v1.IndexedValueType

type Steps = DataActivities &
  ApprovalActivities &
  RolloutActivities &
  StepActivities &
  ExperimentActivities &
  ConfirmActivities &
  TrainingActivities &
  MonitoringActivities &
  PredictionActivities &
  LifecycleActivities &
  RetrainingActivities &
  CareActivities;
type Step = keyof Steps;
/** What the activities do in a test, as plain functions; a step without one fails the run that takes it. */
export type Script = {
  [Name in Step]?: (
    input: Parameters<Steps[Name]>[0],
  ) => Awaited<ReturnType<Steps[Name]>> | ReturnType<Steps[Name]> | Promise<never>;
};
export interface Call {
  step: Step;
  input: unknown;
}

/** The loops on a server that skips time: it jumps to the next timer whenever nobody works. */
export interface Loops {
  environment: TestWorkflowEnvironment;
  /** Which steps were taken since the script was given, in order. */
  calls: Call[];
  /** Forgets what was and lets the activities do as told. */
  follow(script: Script): void;
  /** Changes some steps in the middle of a test. */
  change(script: Script): void;
  taken(step: Step): number;
  start(workflow: string, ...args: unknown[]): Promise<WorkflowHandle>;
  /** A run that a loop has started: it ends with the test too. */
  adopt(workflowId: string): WorkflowHandle;
  startWith(workflow: string, options: Partial<WorkflowStartOptions> & { args: unknown[] }): Promise<WorkflowHandle>;
  timePasses(duration: string): Promise<void>;
  /** Lets a step that fails come up again after each such time, until its run ends. */
  retriesPass(run: WorkflowHandle, step: Step, every: string): Promise<void>;
  /** Ends what still runs, so that the next test is alone. */
  endRuns(): Promise<void>;
  close(): Promise<void>;
}

/** Starts the server and one worker for each queue, with all loops and scripted activities. */
export async function createLoops(): Promise<Loops> {
  quieten();
  const server = { executable: { type: 'existing-path', path: (await findTestServer()).path } } as const;
  const environment = await TestWorkflowEnvironment.createTimeSkipping({ server });
  // This server cannot list attributes, and knows none: not even the one that schedules set.
  const keywords = Object.values(attributes).map(({ name }) => [name, KEYWORD]);
  await environment.connection.operatorService.addSearchAttributes({
    namespace: environment.namespace ?? 'default',
    searchAttributes: Object.fromEntries([...keywords, [scheduledFor.name, DATETIME]]) as Record<string, number>,
  });
  const bundle = await bundleLoops();

  let script: Script = {};
  const calls: Call[] = [];
  const act = async (input: never): Promise<unknown> => {
    const step = activityInfo().activityType as Step;
    const scripted = script[step] as ((input: never) => unknown) | undefined;
    if (!scripted) throw ApplicationFailure.nonRetryable(`the test has no script for ${step}`, 'UNSCRIPTED');
    calls.push({ step, input });
    return scripted(input);
  };
  const workers = await Promise.all(
    Object.values(names.queues).map((taskQueue) =>
      Worker.create({
        connection: environment.nativeConnection,
        taskQueue,
        activities: withFailures({ default: act }),
        ...(taskQueue === names.queues.control && { workflowBundle: bundle }),
        maxHeartbeatThrottleInterval: '100 milliseconds',
        defaultHeartbeatThrottleInterval: '100 milliseconds',
        shutdownForceTime: '5 seconds',
      }),
    ),
  );
  const running = workers.map((worker) => worker.run());
  const started = new Set<string>();
  let runs = 0;

  const taken = (step: Step): number => calls.filter((call) => call.step === step).length;
  const timePasses = (duration: string): Promise<void> => environment.sleep(milliseconds(duration));
  const startWith: Loops['startWith'] = async (workflow, options) => {
    const workflowId = `${workflow}-${++runs}`;
    const handle = await environment.client.workflow.start(workflow, {
      workflowId,
      taskQueue: names.queues.control,
      ...options,
    });
    started.add(handle.workflowId);
    return handle;
  };
  return {
    environment,
    calls,
    follow(next) {
      script = next;
      calls.length = 0;
    },
    change(some) {
      script = { ...script, ...some };
    },
    taken,
    adopt(workflowId) {
      started.add(workflowId);
      return environment.client.workflow.getHandle(workflowId);
    },
    startWith,
    start: (workflow, ...args) => startWith(workflow, { args }),
    timePasses,
    async retriesPass(run, step, every) {
      // A wait for the run's result would let time leap: past a step that no worker has picked up yet, to the run's own end.
      const ended = async (): Promise<boolean> => (await run.describe()).status.name !== 'RUNNING';
      for (let attempts = 1; !(await ended()); attempts++) {
        await until(async () => taken(step) === attempts || (await ended()));
        await timePasses(every);
      }
    },
    async endRuns() {
      // At rest and by cancelling: when a run ends while a step is under way, this server no longer skips time.
      for (const workflowId of started) {
        const handle = environment.client.workflow.getHandle(workflowId);
        const atRest = async (): Promise<boolean> => {
          const run = await handle.describe().catch(() => null); // one that was adopted may never have begun
          return run?.status.name !== 'RUNNING' || (run.raw.pendingActivities ?? []).length === 0;
        };
        await until(atRest);
        await handle.cancel().catch(() => undefined);
        await handle.result().catch(() => undefined);
      }
      started.clear();
      script = {};
    },
    async close() {
      for (const worker of workers) worker.shutdown();
      await Promise.all(running);
      await environment.teardown();
    },
  };
}

/** Looks until it is so, for a minute at most. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited in vain for: ${condition.toString()}`);
    await setTimeout(10);
  }
}

/** Failed tasks are part of many tests; the SDK must not print each. */
export function quieten(): void {
  const filter = makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' });
  try {
    Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter } } });
  } catch {
    // Another suite of this process installed it already, and it can only be installed once.
  }
}
