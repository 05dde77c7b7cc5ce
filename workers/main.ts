import { threadsBeside, trainingsHere } from '../adapters/machine/trainings.ts';
import { patiently, type Patience } from '../adapters/machine/patience.ts';
import { connectionOptions } from '../adapters/temporal/connection/connection-options.ts';
import { createTemporalClient, temporalUnreachable } from '../adapters/temporal/connection/connection.ts';
import { putCareSchedule } from '../adapters/temporal/schedules.ts';
import { isHopeless, untilServes } from '../adapters/temporal/connection/ready.ts';
import { ensureSearchAttributes } from '../adapters/temporal/search-attributes.ts';
import { createLog } from '../adapters/machine/log.ts';
import { type Config } from '../core/base/settings/config.ts';
import { messageOf, UserError } from '../core/base/errors/errors.ts';
import { namesOf, type Role, roles } from '../core/base/names.ts';
import { giveSigns } from './alive.ts';
import { diskUse } from '../adapters/machine/disk.ts';
import { eachMinute } from './each-minute.ts';
import { workflowBundle } from '../adapters/temporal/bundles/bundle.ts';
import { traceStep } from '../adapters/temporal/traces.ts';
import { createControlWorker } from './control.ts';
import { installRuntime, measureFolder } from './metrics.ts';
import { createThreads } from './threads/threads.ts';
import { createProcessTrainer } from './training/trainer-process.ts';
import { connectActivities } from '../wiring/activities.ts';
import { tracesOf } from '../wiring/traces.ts';
import { environment, machineIn, readConfig } from '../wiring/settings.ts';
import { DefaultLogger, NativeConnection, Worker, type WorkerInterceptors } from '@temporalio/worker';
import { join } from 'node:path';

/**
 * How much work of each kind one process takes at a time. Work of control mostly waits: a rollout's step does for days. A
 * training has its own process, and trainings share the cores.
 */
const atOnce: Record<Exclude<Role, 'training'>, number> = { control: 200, data: 4 };

/** `workers/main.ts [control|data|training|all]`, or some of them: `control,data`. */
async function main(argument = 'all'): Promise<void> {
  const named = argument.split(',');
  const mine = argument === 'all' ? roles : roles.filter((role) => named.includes(role));
  const unknown = named.find((name) => name !== 'all' && !mine.some((role) => role === name));
  if (unknown !== undefined || mine.length === 0)
    throw new UserError(
      'CONFIG_INVALID',
      `There is no role "${unknown ?? argument}". Roles are: ${roles.join(', ')}, several with commas between, or all`,
    );

  process.umask(0o077); // our files contain rows and models, so only our user may read them
  const config = readConfig(environment);
  const trainings = trainingsHere(config);
  const log = createLog({ level: config.logLevel, process: 'worker', role: argument });
  const logger = new DefaultLogger('WARN', ({ level, message, meta }) =>
    log[level === 'ERROR' ? 'error' : 'warn'](meta ?? {}, message),
  );
  const meter = installRuntime({ logger, shutdownSignals: [] }, config.metricsAddress);
  const noMoreTraces = await tracesOf(config, 'perennial-worker');
  const { bundlesFolder, tensorflow } = machineIn();
  const patience: Patience = { tell: (words) => log.warn(words) };
  const { activities, versions, store, disks, close } = await connectActivities(config, {
    environment,
    trains: mine.includes('training'),
    trainer: createProcessTrainer({
      tensorflow,
      environment,
      memoryLimitMb: config.trainingMemoryMb,
      recipeRoots: config.recipeRoots,
      threads: (others) => threadsBeside(others, trainings),
      log: (line) => log.info(line),
    }),
    threads: createThreads(),
    patience,
  });
  await untilServes(config.temporal, patience);
  const connection = await NativeConnection.connect(await connectionOptions(config.temporal)).catch(
    (error: unknown) => {
      throw temporalUnreachable(config.temporal, error);
    },
  );
  const names = namesOf(config.temporal.installation);
  if (mine.includes('control')) await prepareNamespace(config, patience);
  const interceptors: WorkerInterceptors = { activity: [traceStep] };
  const optionsOf = (role: Role) =>
    ({
      connection,
      namespace: config.temporal.namespace,
      activities,
      interceptors,
      maxConcurrentActivityTaskExecutions: role === 'training' ? trainings : atOnce[role],
      maxCachedWorkflows: 100,
      maxHeartbeatThrottleInterval: '1 second',
      defaultHeartbeatThrottleInterval: '1 second',
      shutdownGraceTime: '2 seconds',
      shutdownForceTime: '5 seconds',
    }) as const;
  const workers = await Promise.all(
    mine.map(async (role) =>
      role === 'control'
        ? createControlWorker({
            names,
            bundle: await workflowBundle(bundlesFolder),
            versions,
            store,
            folder: join(config.dataFolder, 'bundles'),
            worker: optionsOf(role),
            log,
          })
        : Worker.create({ ...optionsOf(role), taskQueue: names.queues[role] }),
    ),
  );
  const stop = (): void => workers.forEach((worker) => worker.getState() === 'RUNNING' && worker.shutdown());
  process.once('SIGTERM', stop).once('SIGINT', stop);
  log.info({ queues: mine.map((role) => names.queues[role]) }, 'working');
  const running = Promise.all(workers.map((worker) => worker.run()));
  const noMoreMeasuring =
    config.metricsAddress === undefined ? null : measureFolder(meter, config.dataFolder, argument);
  const noMoreSigns = giveSigns(config.dataFolder, () => workers.every((worker) => worker.getState() === 'RUNNING'));
  const noMoreReports = eachMinute(async () => disks.report('worker', await diskUse(config.dataFolder)));
  await running.finally(() => (noMoreSigns(), noMoreReports(), noMoreMeasuring?.()));
  await connection.close();
  await close();
  await noMoreTraces();
}

/** Workflows that set an attribute unknown to the namespace would wait for ever; and no `apply` schedules care. */
async function prepareNamespace({ temporal }: Config, patience: Patience): Promise<void> {
  const client = await createTemporalClient(temporal);
  await patiently({
    ...patience,
    what: "Temporal's search attributes",
    ask: () => ensureSearchAttributes(client.connection, temporal.namespace),
    hopeless: isHopeless,
  });
  await putCareSchedule(client, temporal, patience);
  await client.connection.close();
}

main(process.argv[2]).catch((error: unknown) => {
  process.stderr.write(`${error instanceof UserError ? `${error.code}: ` : ''}${messageOf(error)}\n`);
  process.exit(1);
});
