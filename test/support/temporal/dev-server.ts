import { withFailures } from '../../../activities/steps/failures.ts';
import { createTemporalClient } from '../../../adapters/temporal/connection/connection.ts';
import { type Config } from '../../../core/base/settings/config.ts';
import { freePort } from '../../../local/stack/tcp-ports.ts';
import { findTemporal, startTemporal } from '../../../local/toolchain/tools/temporal.ts';
import { bundleLoops, quieten } from './workflows.ts';
import { names } from './names.ts';
import { activityInfo, ApplicationFailure } from '@temporalio/activity';
import { NativeConnection, Worker, type WorkerInterceptors, type WorkflowBundleOption } from '@temporalio/worker';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

type Activity = (input: never) => unknown;

interface WorkOptions {
  workflows?: WorkflowBundleOption;
  interceptors?: WorkerInterceptors;
}

/** The real server, as `npm start` runs it, for the suite around this call; its time is everybody's time. */
export interface DevServer {
  client: Awaited<ReturnType<typeof createTemporalClient>>;
  settings: Config['temporal'];
  /** Starts workers for all queues, with all loops (or other workflows) and these activities; returns what stops them. */
  work(activities: Record<string, Activity>, options?: WorkOptions): Promise<() => Promise<void>>;
}

export function devServer(): () => DevServer {
  const closers: (() => unknown)[] = [];
  let server: DevServer;
  let bundle: ReturnType<typeof bundleLoops> | undefined;

  before(async function () {
    this.timeout(300_000); // the first time, the server is fetched
    quieten();
    const folder = mkdtempSync(join(tmpdir(), 'perennial-test-temporal-'));
    closers.push(() => rmSync(folder, { recursive: true, force: true }));
    const { path } = await findTemporal({ report: () => {} });
    // Below those that a system gives to connections.
    const from = 30_000 + (process.pid % 1_000);
    const [{ port }, { port: uiPort }] = [await freePort(from), await freePort(from + 1_000)];
    const started = await startTemporal({ path, folder, port, uiPort, logFile: join(folder, 'temporal.log') });
    closers.push(() => started.stop());
    const settings = {
      address: started.address,
      namespace: 'default',
      installation: 'perennial',
    } as Config['temporal'];
    const client = await createTemporalClient(settings);
    closers.push(() => client.connection.close());

    async function work(activities: Record<string, Activity>, { workflows, interceptors }: WorkOptions = {}) {
      const connection = await NativeConnection.connect({ address: settings.address });
      const workflowBundle = workflows ?? (await (bundle ??= bundleLoops()));
      const act = async (input: never): Promise<unknown> => {
        const { activityType } = activityInfo();
        const activity = activities[activityType];
        if (activity) return activity(input);
        throw ApplicationFailure.nonRetryable(`the test has no activity ${activityType}`, 'UNSCRIPTED');
      };
      const workers = await Promise.all(
        Object.values(names.queues).map((taskQueue) =>
          Worker.create({
            connection,
            taskQueue,
            activities: withFailures({ default: act }),
            ...(taskQueue === names.queues.control && { workflowBundle }),
            ...(interceptors && { interceptors }),
            maxHeartbeatThrottleInterval: '100 milliseconds',
            defaultHeartbeatThrottleInterval: '100 milliseconds',
            shutdownForceTime: '5 seconds',
          }),
        ),
      );
      const running = workers.map((worker) => worker.run());
      let stopped: Promise<void> | undefined;
      const stop = () =>
        (stopped ??= (async () => {
          for (const worker of workers) worker.shutdown();
          await Promise.all(running);
          await connection.close();
        })());
      closers.push(stop);
      return stop;
    }
    server = { client, settings, work };
  });
  after(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  return () => server;
}

/** Looks again until it is so; the server's lists come a moment late. */
export async function eventually<T>(
  look: () => Promise<T>,
  within = 60_000,
): Promise<Exclude<T, false | null | undefined>> {
  for (const deadline = Date.now() + within; ; await sleep(50)) {
    const seen = await look();
    if (seen) return seen as Exclude<T, false | null | undefined>;
    if (Date.now() > deadline) throw new Error(`waited in vain for: ${look.toString()}`);
  }
}
