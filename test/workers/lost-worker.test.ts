import { forkNode } from '../../local/stack/leash.ts';
import { folderPerTest } from '../support/folders.ts';
import { devServer, eventually } from '../support/temporal/dev-server.ts';
import { failureOf } from '../support/temporal/loops.ts';
import { NativeConnection, Worker } from '@temporalio/worker';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const file = (name: string): string => fileURLToPath(new URL(`../support/${name}`, import.meta.url));

type End = 'killed' | 'killed-with-checkpoint' | 'stopped' | 'unreachable' | 'done';

describe('a step whose worker falls silent @slow', function () {
  this.timeout(600_000);
  const server = devServer();
  const folder = folderPerTest();
  const closers: (() => unknown)[] = [];
  let runs = 0;

  before(async () => {
    const connection = await NativeConnection.connect({ address: server().settings.address });
    const worker = await Worker.create({
      connection,
      taskQueue: 'one-step',
      workflowsPath: file('temporal/one-step.ts'),
    });
    const running = worker.run();
    closers.push(async () => {
      worker.shutdown();
      await running;
      await connection.close();
    });
  });
  after(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  /** Runs the step with a worker whose attempts end so, the last again and again. */
  async function run(...ends: End[]): Promise<{ result: Promise<unknown>; attempts: number }> {
    const startWorker = () =>
      forkNode(file('processes/doomed-worker.ts'), {
        name: 'doomed',
        args: [server().settings.address, ...ends],
        logFile: join(folder(), 'worker.log'),
      });
    const workflow = await server().client.workflow.start('oneStep', {
      workflowId: `one-step-${++runs}`,
      taskQueue: 'one-step',
    });
    closers.push(() => workflow.terminate().catch(() => undefined));
    const result = workflow.result();
    result.catch(() => undefined); // it is awaited later
    let worker = await startWorker();
    let attempts = 0;
    try {
      for (;;) {
        // An attempt that has been heard, or the end of the run.
        const seen = await eventually(async () => {
          const { raw, status } = await workflow.describe();
          if (status.name !== 'RUNNING') return 'ended';
          const [step] = raw.pendingActivities ?? [];
          const [attempt, heard, began] = [step?.attempt ?? 0, step?.lastHeartbeatTime, step?.lastStartedTime];
          if (attempt <= attempts || !heard || !began || nanoseconds(heard) <= nanoseconds(began)) return null;
          const beat = String(step?.heartbeatDetails?.payloads?.[0]?.data);
          return (ends[attempt - 1] !== 'killed-with-checkpoint' || beat.includes(`after ${attempt}`)) && attempt;
        }, 60_000);
        if (seen === 'ended') return { result, attempts };
        attempts = seen;
        const end = ends[attempts - 1] ?? ends.at(-1)!;
        assert.ok(attempts < ends.length + 7, 'it is begun again for ever');
        if (end === 'unreachable' || end === 'done') continue;
        await worker.stop(end === 'stopped' ? 'SIGTERM' : 'SIGKILL');
        worker = await startWorker();
      }
    } finally {
      await worker.stop('SIGKILL');
    }
  }

  it('fails for good after five silent attempts in a row, and says what to check', async () => {
    const { result, attempts } = await run('killed');
    const { type, message } = await failureOf(result);
    assert.equal(type, 'WORKER_LOST');
    assert.match(message, /^step started 5 times in a row, and each time its worker fell silent.*more memory/);
    assert.equal(attempts, 5);
  });

  it('goes through when its worker is killed twice', async () => {
    const { result } = await run('killed', 'killed', 'done');
    assert.equal(await result, 'done');
  });

  it('waits for what is unreachable, however often, also between two kills', async () => {
    const outage = Array.from({ length: 6 }, () => 'unreachable' as const);
    const { result } = await run('killed', 'killed', 'killed', ...outage, 'killed', 'killed', 'done');
    assert.equal(await result, 'done');
  });

  it('goes through when workers are stopped one after the other, as an upgrade does', async () => {
    const { result } = await run('stopped', 'stopped', 'stopped', 'stopped', 'stopped', 'done');
    assert.equal(await result, 'done');
  });

  it('continues for as long as each attempt gets further than the previous one', async () => {
    const further = Array.from({ length: 4 }, () => 'killed-with-checkpoint' as const);
    const { result } = await run(...further, 'killed', 'done');
    assert.equal(await result, 'done');
  });
});

const nanoseconds = ({ seconds, nanos }: { seconds?: unknown; nanos?: number | null }): number =>
  Number(seconds) * 1e9 + (nanos ?? 0);
