import { createRuns } from '../../../adapters/temporal/runs/runs.ts';
import { createTemporalClient } from '../../../adapters/temporal/connection/connection.ts';
import { createTemporalWatch } from '../../../adapters/temporal/watch.ts';
import { type CareInput } from '../../../core/runs/care.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import { freePort } from '../../../local/stack/tcp-ports.ts';
import { devServer, eventually } from '../../support/temporal/dev-server.ts';
import { MOMENT } from '../../support/temporal/scripts.ts';
import { names } from '../../support/temporal/names.ts';
import { heartbeat, sleep } from '@temporalio/activity';
import assert from 'node:assert/strict';

describe('what the watchdog sees of a real Temporal @slow', () => {
  const server = devServer();
  const watch = () => createTemporalWatch(server().client, server().settings);
  const start = (loop: 'data' | 'monitoring', asOf = MOMENT) =>
    createRuns(server().client, server().settings).start(loop, { pipeline: { name: 'fraud', revision: 'r' }, asOf });
  const { control, data, training } = names.queues;

  it('distinguishes queues that were never polled from those polled just now', async () => {
    assert.deepEqual(await watch().polls(), { [control]: null, [data]: null, [training]: null });
    const before = Date.now();
    const stop = await server().work({});
    const polls = await eventually(async () => {
      const all = await watch().polls();
      return Object.values(all).every((poll) => poll !== null) && all;
    });
    const polled = Object.values(polls).map((poll) => Date.parse(poll!));
    assert.ok(
      polled.every((at) => before - 1_000 <= at && at <= Date.now() + 1_000),
      JSON.stringify(polls),
    );
    await stop();
  });

  it('reports the result of each loop’s newest run and why it failed, and ignores cancelled ones', async () => {
    let broken = true;
    const stop = await server().work({
      planExtraction: () => {
        if (broken) throw new UserError('SOURCE_TABLE_MISSING', 'there is no table');
        return sleep('1 minute');
      },
      checkDrift: () => null,
    });
    assert.deepEqual(await watch().lastRuns('fraud', ['data', 'monitoring']), []);
    assert.deepEqual(await watch().failedPipelines(['data', 'monitoring']), new Set());
    const workflowId = await start('data');
    await start('monitoring');
    const [failed, well] = await eventually(async () => {
      const runs = await watch().lastRuns('fraud', ['data', 'monitoring']);
      return runs.length === 2 && runs;
    });
    const { runId, ...facts } = failed!;
    assert.ok(runId);
    const expected = {
      workflowId,
      loop: 'data',
      failed: true,
      reason: 'there is no table',
      code: 'SOURCE_TABLE_MISSING',
    };
    assert.deepEqual(facts, expected);
    assert.deepEqual([well!.loop, well!.failed, well!.reason], ['monitoring', false, null]);
    const [newest, ...others] = await watch().endedRuns(null);
    assert.deepEqual([[runId, well!.runId].includes(newest!.runId), others], [true, []]);
    const both = await watch().endedRuns(newest!.at);
    assert.deepEqual(new Set(both.map((run) => run.runId)), new Set([runId, well!.runId]));
    assert.ok(both.every((run) => run.pipeline === 'fraud' && run.failed === (run.runId === runId)));
    assert.deepEqual(await watch().failedPipelines(['data', 'monitoring']), new Set(['fraud']));
    assert.deepEqual(await watch().failedPipelines(['monitoring']), new Set());
    assert.deepEqual(await watch().endedRuns('2100-01-01T00:00:00.000Z'), []);

    broken = false;
    const next = await start('data', '2026-01-12T03:00:00.000Z');
    await server().client.workflow.getHandle(next).terminate();
    assert.equal((await watch().lastRuns('fraud', ['data']))[0]!.runId, runId);
    await stop();
  });

  it('does not take a run as failed since somebody ended the data run that it waited for', async () => {
    const stop = await server().work({
      publishedSnapshot: () => null,
      planExtraction: () => sleep('1 minute'),
      checkDrift: () => 'stale',
    });
    const { client } = server();
    const before = (await watch().lastRuns('fraud', ['monitoring']))[0]!.runId;
    for (const end of ['terminate', 'cancel'] as const) {
      const asOf = end === 'cancel' ? '2026-01-15T03:00:00.000Z' : '2026-01-16T03:00:00.000Z';
      const run = client.workflow.getHandle(await start('monitoring', asOf));
      const data = client.workflow.getHandle(names.run('fraud', 'data', asOf));
      await eventually(() => data.describe().then(() => true, () => false)); // prettier-ignore
      await data[end]();
      await assert.rejects(run.result());
      await eventually(async () => (await watch().failedPipelines(['monitoring']))!.size > 0);
      assert.equal((await watch().lastRuns('fraud', ['monitoring']))[0]!.runId, before, end);
    }
    await stop();
  });

  it('reports the result of the newest care of the installation, ignoring dry runs', async () => {
    let broken = true;
    const stop = await server().work({
      removeOldRows: ({ dryRun }: CareInput) => {
        if (broken && !dryRun) throw new UserError('SOURCE_TABLE_MISSING', 'there is no table');
        return { asOf: MOMENT, removed: [] };
      },
      sweepObjects: () => [],
    });
    const runs = createRuns(server().client, server().settings);
    const endOf = async (dryRun: boolean) => runs.result(await runs.startCare({ dryRun })).catch(() => undefined);
    assert.equal(await watch().lastCare(), null);
    await endOf(false);
    await endOf(true);
    const failed = await eventually(() => watch().lastCare());
    const { failed: didFail, reason, workflowId } = failed;
    assert.deepEqual([workflowId, didFail, reason], ['care/asked', true, 'there is no table']);
    broken = false;
    await endOf(false);
    const well = await eventually(async () => {
      const last = await watch().lastCare();
      return last?.runId !== failed.runId && last;
    });
    assert.equal(well.failed, false);
    await stop();
  });

  it('sees the heartbeats of current steps, by the queue of their worker', async () => {
    const end = new AbortController();
    const stop = await server().work({
      planExtraction: async () => {
        while (!end.signal.aborted) {
          heartbeat();
          await sleep(50);
        }
        throw new UserError('SOURCE_TABLE_MISSING', 'ended');
      },
    });
    const run = server().client.workflow.getHandle(await start('data', '2026-01-13T03:00:00.000Z'));
    const first = await eventually(async () => (await watch().heartbeats())[data]);
    await eventually(async () => (await watch().heartbeats())[data]! > first);
    assert.equal((await watch().heartbeats())[training], undefined);
    end.abort();
    await assert.rejects(run.result()); // a step that the worker's end cut short would be tried again in the next test
    await stop();
  });

  it('does not take a deciding step as a sign of life of the workers that move rows', async () => {
    const end = new AbortController();
    const stop = await server().work({
      askOnSchedule: async () => {
        while (!end.signal.aborted) await sleep(50);
        throw new UserError('PIPELINE_UNKNOWN', 'ended');
      },
    });
    const began = new Date().toISOString();
    await createRuns(server().client, server().settings).start('retraining', {
      pipeline: { name: 'fraud', revision: 'r' },
      asOf: '2026-01-14T03:00:00.000Z',
    });
    const heard = await eventually(async () => {
      const all = await watch().heartbeats();
      return (all[control] ?? '') > began && all;
    });
    assert.ok((heard[data] ?? '') < began, 'of the data queue nothing since');
    end.abort();
    await stop();
  });

  it('rejects within seconds when nothing answers', async () => {
    const { port } = await freePort(30_500 + (process.pid % 1_000));
    const settings = { ...server().settings, address: `127.0.0.1:${port}` };
    const client = await createTemporalClient(settings);
    const asked = createTemporalWatch(client, settings).polls();
    await assert.rejects(asked, { code: 'TEMPORAL_UNREACHABLE' });
  });

  it('counts the work that waits in each queue', async () => {
    const run = server().client.workflow.getHandle(await start('data', '2026-01-20T03:00:00.000Z'));
    const waiting = () => eventually(async () => (await watch().backlogs()).find(({ tasks }) => tasks > 0));
    assert.equal((await waiting()).queue, control);
    await run.terminate();
  });
});
