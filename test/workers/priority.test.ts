import { withFailures } from '../../activities/steps/failures.ts';
import { createRuns } from '../../adapters/temporal/runs/runs.ts';
import { createTemporalWatch } from '../../adapters/temporal/watch.ts';
import { createSchedules } from '../../adapters/temporal/schedules.ts';
import { before as earlier, instant } from '../../core/time/time.ts';
import { aPipeline } from '../reports/fixtures.ts';
import { devServer, eventually } from '../support/temporal/dev-server.ts';
import { names } from '../support/temporal/names.ts';
import { trainingScript } from '../support/temporal/scripts.ts';
import { bundleLoops } from '../support/temporal/workflows.ts';
import { activityInfo, ApplicationFailure } from '@temporalio/activity';
import { NativeConnection, Worker } from '@temporalio/worker';
import assert from 'node:assert/strict';

describe('work that waits for a worker @slow', function () {
  this.timeout(600_000);
  const server = devServer();
  const stops: (() => Promise<void>)[] = [];
  let connection: NativeConnection;
  /** Of whom the slot was, in turn. */
  let turns: string[] = [];

  type Act = (input: never) => unknown;
  async function work(queue: string, act: (step: string, input: never) => unknown, options: object = {}) {
    const activity: Act = (input) => act(activityInfo().activityType, input);
    const activities = withFailures({ default: activity as (input: never) => Promise<unknown> });
    const worker = await Worker.create({ connection, taskQueue: queue, activities, ...options });
    const ended = worker.run();
    let stopped: Promise<void> | undefined;
    const stop = () => (stopped ??= (worker.shutdown(), ended));
    stops.push(stop);
    return stop;
  }
  /** One slot, in which each who gets it does nothing more. */
  const oneSlot = (queue: string, whose: (input: never) => string) =>
    work(
      queue,
      (_step, input) => {
        turns.push(whose(input));
        throw ApplicationFailure.nonRetryable('that is all');
      },
      { maxConcurrentActivityTaskExecutions: 1 },
    );
  const whose = (input: { pipeline?: { name: string } }) => input.pipeline?.name ?? 'drift-a';
  /** Starts the loop of a pipeline, whose name says what asks it for a training. */
  const trains = (pipeline: string) =>
    server().client.workflow.start('retraining', {
      workflowId: names.retraining(pipeline),
      taskQueue: names.queues.control,
      args: [pipeline],
    });
  const waiting = async (step: string): Promise<number> => {
    let found = 0;
    for await (const { workflowId } of server().client.workflow.list({ query: 'ExecutionStatus = "Running"' })) {
      const { raw } = await server().client.workflow.getHandle(workflowId).describe();
      found += (raw.pendingActivities ?? []).filter(({ activityType }) => activityType?.name === step).length;
    }
    return found;
  };
  /** A step that a run waits for reaches its queue a moment later. */
  const queued = (queue: string, tasks: number) =>
    eventually(async () => {
      const backlogs = await createTemporalWatch(server().client, server().settings).backlogs();
      return backlogs.some((backlog) => backlog.queue === queue && backlog.tasks >= tasks);
    });

  before(async () => {
    connection = await NativeConnection.connect({ address: server().settings.address });
    const started = new Set<string>();
    const script = trainingScript({ mlp: 0.8 }) as Record<string, (input: never) => unknown>;
    await work(
      names.queues.control,
      (step, input: { pipeline: string; cycle: string }) => {
        if (step === 'openTrainingRun') return { ...(script[step]!(input as never) as object), id: input.cycle };
        if (step !== 'decideNextStep') return script[step]?.(input as never) ?? { until: null };
        if (started.has(input.pipeline)) return { kind: 'idle' };
        started.add(input.pipeline);
        const [cause] = input.pipeline.split('-');
        const why = cause === 'backfill' ? { reason: 'schedule', backfilled: true } : { reason: cause };
        return { kind: 'train', cycle: `${input.pipeline}-2026-01-11T03:00Z-3fa9c1`, reopened: 0, ...why };
      },
      { workflowBundle: await bundleLoops() },
    );
  });
  beforeEach(() => void (turns = []));
  after(async () => {
    await Promise.all(stops.map((stop) => stop()));
    await connection?.close();
  });

  it('is done in this order: for data, drift, people, schedules, and backfills last', async () => {
    const schedules = createSchedules(server().client, server().settings, { paused: false });
    const runs = createRuns(server().client, server().settings);
    const off = { retraining: 'off', prediction: 'off', monitoring: 'off', lifecycle: 'off' } as const;
    const scheduled = async (name: string) => {
      // Not due for hours, so that nothing starts by itself.
      const cron = `0 ${(new Date().getUTCHours() + 12) % 24} * * *`;
      await schedules.put(aPipeline({ name, schedules: { ...off, data: cron } }), { name, revision: 'r' });
    };
    const now = instant(Date.now());
    for (const name of ['backfill-a', 'backfill-b', 'backfill-c']) {
      await scheduled(name);
      await schedules.backfill(name, 'data', earlier(now, '3 days'), earlier(now, '2 days'));
    }
    await eventually(async () => (await waiting('planExtraction')) === 3);
    for (const name of ['schedule-a', 'schedule-b', 'schedule-c']) {
      await scheduled(name);
      const schedule = server().client.schedule.getHandle(names.schedule(name, 'data'));
      assert.equal((await schedule.describe()).action.priority?.fairnessKey, name);
      await schedule.trigger();
    }
    await eventually(async () => (await waiting('planExtraction')) === 6);
    await runs.start('data', { pipeline: { name: 'person-a', revision: 'r' }, asOf: now });
    await trains('drift-a');
    await eventually(async () => (await waiting('planExtraction')) + (await waiting('assembleTrainingSet')) === 8);
    await queued(names.queues.data, 8);

    const stop = await oneSlot(names.queues.data, whose);
    await eventually(async () => turns.length >= 8);
    await stop();
    const causes = turns.map((name) => name.split('-')[0]);
    assert.deepEqual(causes, ['drift', 'person', ...Array<string>(3).fill('schedule'), ...Array<string>(3).fill('backfill')]); // prettier-ignore
  });

  it('is done first for a training that drift requested, however many backfills and schedules wait', async () => {
    const stopData = await work(names.queues.data, () => ({ rows: {} }));
    for (const name of ['backfill-x', 'backfill-y', 'schedule-x', 'schedule-y']) await trains(name);
    await eventually(async () => (await waiting('trainCandidate')) === 4);
    await trains('drift-x');
    await eventually(async () => (await waiting('trainCandidate')) === 5);
    await queued(names.queues.training, 5);

    const stop = await oneSlot(names.queues.training, (input: { run: string }) => input.run);
    await eventually(async () => turns.length >= 5);
    await Promise.all([stop(), stopData()]);
    const causes = turns.map((run) => run.split('-')[0]);
    assert.deepEqual(causes, ['drift', 'schedule', 'schedule', 'backfill', 'backfill']);
  });

  it('is done last for a backfill, even where only the control worker does it', async () => {
    const schedules = createSchedules(server().client, server().settings, { paused: false });
    const off = { data: 'off', prediction: 'off', monitoring: 'off', lifecycle: 'off' } as const;
    const retraining = `0 ${(new Date().getUTCHours() + 12) % 24} * * *`;
    await schedules.put(aPipeline({ name: 'asked', schedules: { ...off, retraining } }), {
      name: 'asked',
      revision: 'r',
    });
    const now = instant(Date.now());
    await schedules.backfill('asked', 'retraining', earlier(now, '3 days'), earlier(now, '2 days'));
    const query = `WorkflowType = "scheduledRequest" and WorkflowId starts_with "${names.scheduled('asked', 'request')}"`;
    const given = await eventually(async () => {
      for await (const { workflowId } of server().client.workflow.list({ query })) {
        const { events } = await server().client.workflow.getHandle(workflowId).fetchHistory();
        const steps = (events ?? []).flatMap((event) => event.activityTaskScheduledEventAttributes ?? []);
        if (steps.length > 0) return steps.map(({ priority }) => priority?.priorityKey);
      }
      return null;
    });
    assert.deepEqual(new Set(given), new Set([5]));
  });

  it('is shared fairly between pipelines, however much one of them requests', async () => {
    const runs = createRuns(server().client, server().settings);
    const ask = (name: string, day: number) =>
      runs.start('data', { pipeline: { name, revision: 'r' }, asOf: instant(Date.UTC(2026, 0, day)) });
    for (let day = 1; day <= 10; day++) await ask('crowd', day);
    await eventually(async () => (await waiting('planExtraction')) === 10);
    await ask('single', 1);
    await eventually(async () => (await waiting('planExtraction')) === 11);
    await queued(names.queues.data, 11);

    const stop = await oneSlot(names.queues.data, whose);
    await eventually(async () => turns.length >= 11);
    await stop();
    const turn = turns.indexOf('single') + 1;
    assert.ok(turn <= 3, `its turn was the ${turn}th of ${turns.length}`);
  });
});
