import { createRetrainingActivities } from '../../activities/retraining/retraining.ts';
import { connect, migrate, type Database } from '../../adapters/postgres/database.ts';
import { createAlerts } from '../../adapters/postgres/alerts/alerts.ts';
import { createPipelines } from '../../adapters/postgres/pipelines.ts';
import { createRetrainingLedger } from '../../adapters/postgres/training/retraining-ledger.ts';
import { createRollouts } from '../../adapters/postgres/rollout/rollouts.ts';
import { createRolloutRuns } from '../../adapters/temporal/runs/rollout-runs.ts';
import { createRetrainingLoop } from '../../adapters/temporal/runs/retraining-loop.ts';
import { before as earlier, HOUR, instant } from '../../core/time/time.ts';
import { aPipeline } from '../reports/fixtures.ts';
import { devServer, eventually } from '../support/temporal/dev-server.ts';
import { type Cycle } from '../../core/training/retraining/retraining.ts';
import { testDatabase, type TestDatabase } from '../support/postgres/postgres.ts';
import { trainingScript } from '../support/temporal/scripts.ts';
import { names } from '../support/temporal/names.ts';
import assert from 'node:assert/strict';

const REQUESTS = 10_000;
/** As many processes ask, each for so many activities at once. */
const [PROCESSES, AT_ONCE] = [10, 50];
/** What the server allows a run: it refuses the next signal, and ends a run whose history grows further. */
const LIMITS = { signals: 10_000, events: 51_200 };

describe('a storm of requests @slow', function () {
  this.timeout(600_000);
  const server = devServer();
  let test: TestDatabase;
  let database: Database;
  before(async () => {
    test = await testDatabase();
    database = connect(test.url, { connections: 16, connectMs: 60_000 });
    await migrate(database);
  });
  after(async () => {
    await database.end();
    await test.drop();
  });

  it(`opens one cycle for ${REQUESTS.toLocaleString('en')} that come in a burst, and loses none`, async () => {
    const pipelines = createPipelines(database);
    const ledger = createRetrainingLedger(database);
    const rollouts = createRollouts(database);
    const rolloutRuns = createRolloutRuns(server().client, server().settings);
    const loops = Array.from({ length: PROCESSES }, () => createRetrainingLoop(server().client, server().settings));
    const [loop] = loops as [(typeof loops)[0]];
    // The burst is over when for so long nobody has asked. The loops' clock stands still until then, so what is measured is
    // the loop's own time.
    const retraining = { debounce: '1 hour', cooldown: '0 seconds', afterDrift: '0 seconds' };
    let now = Date.now();
    const clock = {
      now: () => new Date(now),
      millisecondsUntil: (time: string) => Math.max(0, Date.parse(time) - now),
    };
    await pipelines.apply(aPipeline({ retraining }), 'the test');
    const stop = await server().work({
      ...(trainingScript({ mlp: 0.8 }) as object),
      ...createRetrainingActivities({
        pipelines,
        ledger,
        rollouts,
        rolloutRuns,
        loop,
        sharedClock: { read: async () => clock },
        alerts: createAlerts(database),
      }),
      askForRollout: async ({ run }: { run: string }) => {
        await rolloutRuns.start({ id: run, pipeline: 'fraud', version: 2 }, null);
        return { rollout: run };
      },
      endRollout: async ({ rollout: cycle, outcome }: { rollout: string; outcome: object }) => {
        await ledger.closeCycle(cycle, { ...outcome, endedAt: instant(Date.now()) } as never);
        await loop.trainingEnded('fraud', cycle);
      },
    });

    const began = performance.now();
    const waiting = Array.from({ length: REQUESTS }, (_, i) => i);
    const ask = async (asking: (typeof loops)[0]): Promise<void> => {
      for (let i = waiting.pop(); i !== undefined; i = waiting.pop()) {
        const asOf = instant(now);
        const request = { id: `drift/${i}`, pipeline: 'fraud', reason: 'drift', asOf, detail: 'severe', driftSince: earlier(asOf, '60 days') } as const; // prettier-ignore
        await ledger.recordRequest(request);
        await asking.ask(request);
      }
    };
    await Promise.all(loops.flatMap((asking) => Array.from({ length: AT_ONCE }, () => ask(asking))));
    const [asked, cpuBefore] = [performance.now(), process.cpuUsage()];
    assert.equal((await ledger.cycles('fraud', 10)).length, 0, 'nobody trains in the middle of it');
    now += HOUR;
    await loop.newData('fraud', instant(now));

    const found = async (what: string): Promise<boolean> =>
      (await database.query(`select from cycles where ${what}`)).rowCount === 1;
    await eventually(() => found('true'));
    const opened = performance.now();
    await eventually(() => found('outcome is not null'), 90_000);
    const [settled, cpu] = [performance.now(), process.cpuUsage(cpuBefore)];
    const [cycle] = (await ledger.cycles('fraud', 10)) as [Cycle];
    const { rows } = await database.query<{ cycle: string; requests: number }>(
      'select cycle, count(*) as requests from requests group by cycle',
    );
    assert.deepEqual(rows, [{ cycle: cycle.id, requests: REQUESTS }]);
    assert.equal(cycle.outcome?.result, 'promoted');
    await eventually(async () => (await loop.ensure('fraud'), true));

    const listed = await eventually(async () => {
      const found: { runId: string; running: boolean }[] = [];
      const query = `WorkflowId = "${names.retraining('fraud')}"`;
      for await (const { runId, status } of server().client.workflow.list({ query }))
        found.push({ runId, running: status.name === 'RUNNING' });
      return found.some(({ running }) => running) && found; // the newest comes a moment late
    });
    const runs: { signals: number; events: number }[] = [];
    for (const { runId } of listed) {
      const { events } = await server().client.workflow.getHandle(names.retraining('fraud'), runId).fetchHistory();
      const signals = (events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes).length;
      runs.push({ signals, events: events?.length ?? 0 });
    }
    if (runs.reduce((sum, run) => sum + run.signals, 0) > 500) assert.ok(runs.length > 1, 'it starts afresh');
    const most = (what: 'signals' | 'events') => Math.max(...runs.map((run) => run[what]));
    assert.ok(most('signals') < LIMITS.signals / 2 && most('events') < LIMITS.events / 2, JSON.stringify(runs));
    const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
    process.stdout.write(
      `      asked in ${seconds(asked - began)}, one cycle settled all ${seconds(settled - asked)} later ` +
        `(opened after ${seconds(opened - asked)}, in ${seconds((cpu.user + cpu.system) / 1000)} of processor time); ` +
        `${runs.length} runs of the loop, at most ${most('signals')} signals and ${most('events')} events in one\n`,
    );
    await stop();
  });
});
