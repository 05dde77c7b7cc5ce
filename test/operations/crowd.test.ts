import { type ScheduleState } from '../../core/runs/schedules.ts';
import { createApprovals } from '../../adapters/postgres/rollout/approvals.ts';
import { createAudit } from '../../adapters/postgres/audit.ts';
import { createCrowd } from '../../adapters/postgres/crowd.ts';
import { connect, type Database } from '../../adapters/postgres/database.ts';
import { createPipelines } from '../../adapters/postgres/pipelines.ts';
import { createModelVersions } from '../../adapters/postgres/training/model-versions.ts';
import { createRetrainingLedger } from '../../adapters/postgres/training/retraining-ledger.ts';
import { createSnapshots } from '../../adapters/postgres/data/snapshots.ts';
import { createTraces } from '../../adapters/postgres/alerts/traces.ts';
import { createTrafficTable } from '../../adapters/postgres/rollout/traffic.ts';
import { createTrainingRuns } from '../../adapters/postgres/training/training-runs.ts';
import { createVerdicts } from '../../adapters/postgres/alerts/verdicts.ts';
import { createOverview } from '../../operations/overview.ts';
import { createStatus } from '../../operations/status.ts';
import { aPipeline } from '../reports/fixtures.ts';
import { asAda } from '../support/asked.ts';
import { countQueries, CROWD, crowdName, insertCrowd } from '../support/postgres/crowd.ts';
import { perennialDatabase } from '../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';

describe('a thousand pipelines', () => {
  const database = perennialDatabase({ name: 'crowd', write: insertCrowd });
  let pool: Database;
  let states: () => ScheduleState[];
  beforeEach(() => void (states = () => assert.fail('Temporal is away')));
  const open = () => {
    pool = connect(database.url(), { connections: 4 });
    const common = {
      pipelines: createPipelines(pool),
      traffic: createTrafficTable(pool),
      crowd: createCrowd(pool),
      clock: { now: () => new Date('2026-03-04T12:00:00.000Z') },
    };
    const status = asAda(
      createStatus({ ...common, approvals: createApprovals(pool), schedules: { list: async () => states() } }),
    );
    const overview = asAda(
      createOverview({
        ...common,
        trainingRuns: createTrainingRuns(pool),
        modelVersions: createModelVersions(pool),
        snapshots: createSnapshots(pool),
        verdicts: createVerdicts(pool),
        ledger: createRetrainingLedger(pool),
      }),
    );
    return { status, overview };
  };
  afterEach(() => pool.end());

  it('have a status in one query per fact, with what requests wait for', async () => {
    const { status } = open();
    await database().query(
      `insert into requests (id, pipeline, reason, as_of, detail)
       select 'open/' || name, name, 'person', now(), 'ada asks' from pipelines where name < $1`,
      [crowdName(20)],
    );
    const wait = { what: 'cooldown', why: 'it must cool down', until: '2026-03-05T00:00:00.000Z', at: '2026-03-04T11:00:00.000Z' } as const; // prettier-ignore
    await createRetrainingLedger(database()).recordWait(crowdName(0), wait);
    const { asked } = countQueries(pool);
    const all = await status.all();
    assert.equal(all.length, CROWD);
    assert.ok(asked() <= 11, `${asked()} queries`);
    const [first] = all;
    assert.deepEqual(
      [first!.champion?.version, first!.snapshot?.id, first!.verdict?.id, first!.cycles.length, first!.requests[0]?.detail, first!.waiting?.why],
      [1, 'p0000/s5', 'p0000/v5', 5, 'ada asks', 'it must cool down'],
    ); // prettier-ignore
    assert.equal(first!.cycles[0]!.requests.length, 20);
    assert.equal(all.at(-1)!.waiting, null);
  });

  it('are a line each with one query per fact, without Temporal, those that need attention first', async () => {
    const { status } = open();
    const raise = (pipeline: string, severity: string, resolved: string) =>
      database().query(
        `insert into alerts (id, fingerprint, pipeline, kind, severity, summary, detail, opened_at, last_seen_at, times, resolved_at, told)
         values ($1 || $2, $1 || $2, $1, 'drift', $2, '', '', now(), now(), 1, $3::timestamptz, false)`,
        [pipeline, severity, resolved === '' ? null : resolved],
      ); // prettier-ignore
    await raise(crowdName(700), 'critical', '');
    await raise(crowdName(300), 'warning', '');
    await raise(crowdName(200), 'critical', '2026-03-04T00:00:00Z');
    await database().query(`update verdicts set verdict = verdict || '{"level": "severe"}' where id = $1`, [
      `${crowdName(900)}/v5`,
    ]);
    await database().query(`update cycles set outcome = null where id = $1`, [`${crowdName(500)}/c8`]);
    await database().query('delete from traffic where pipeline = $1', [crowdName(400)]);
    const { asked } = countQueries(pool);
    const lines = await status.lines();
    assert.ok(asked() <= 7, `${asked()} queries`);
    assert.deepEqual(
      lines.slice(0, 6).map(({ pipeline }) => pipeline.name),
      [700, 300, 900, 400, 500, 0].map(crowdName),
    );
    assert.deepEqual(
      [lines[0]!.alerts, lines[4]!.cycle?.id, lines.length],
      [{ critical: 1, warnings: 0 }, 'p0500/c8', CROWD],
    );
    assert.deepEqual((await status.of(crowdName(700))).alerts, lines[0]!.alerts);
  });

  it('tell of each loop that is paused who paused it and why, until somebody resumes it', async () => {
    const { status } = open();
    const audit = createAudit(database());
    const name = crowdName(8);
    const did = (action: 'pause' | 'resume', loops: string[], who = 'ada') =>
      audit.record({ who, action, pipeline: name, details: { loops, reason: 'bad rows' } });
    const paused = async (): Promise<string[]> => (await status.of(name)).paused.map(({ loop, by, reason }) => `${loop} by ${by}: ${reason}`); // prettier-ignore
    await did('pause', ['data', 'monitoring', 'prediction']);
    await did('resume', ['data', 'monitoring', 'prediction']);
    assert.deepEqual(await paused(), []);
    await did('pause', ['data', 'monitoring'], 'automation stop');
    await did('resume', ['data']);
    assert.deepEqual(await paused(), ['monitoring by automation stop: bad rows']);
    assert.deepEqual((await status.of(crowdName(9))).paused, []);
    const state = { loop: 'monitoring', cron: '0 * * * *', zone: 'UTC', pausedBy: 'person', note: null, next: null, last: null, running: [] } as const; // prettier-ignore
    states = () => [{ ...state, running: [] }];
    assert.equal((await paused()).length, 1);
    states = () => [{ ...state, running: [], pausedBy: null }]; // as when it was resumed in Temporal, or declared anew
    assert.deepEqual(await paused(), []);
  });

  it('have the same status one by one as among all', async () => {
    const { status } = open();
    const [one, all] = [await status.of(crowdName(7)), await status.all()];
    assert.deepEqual(one, all[7]);
  });

  it('have no status of one that is removed while it is asked for, and the error says so', async () => {
    open();
    const pipelines = createPipelines(pool);
    await pipelines.apply(aPipeline({ name: 'brief' }), 'ada');
    const removing: typeof pipelines = {
      ...pipelines,
      declared: async (names) => {
        await database().query('delete from pipelines where name = any($1)', [names]);
        return pipelines.declared(names);
      },
    };
    const ports = { pipelines: removing, traffic: createTrafficTable(pool), crowd: createCrowd(pool), approvals: createApprovals(pool), schedules: { list: async () => [] }, clock: { now: () => new Date() } }; // prettier-ignore
    const { of } = asAda(createStatus(ports));
    await assert.rejects(of('brief'), { code: 'PIPELINE_UNKNOWN', message: /There is no pipeline "brief"/ });
  });

  it('have an overview in one query per fact', async () => {
    const { overview } = open();
    const refs = await overview.list();
    const { asked } = countQueries(pool);
    const glances = await overview.glance(refs);
    const once = asked();
    assert.ok(once <= 6, `${once} queries`);
    await Promise.all([overview.glance(refs), overview.glance(refs)]);
    assert.ok(asked() < 3 * once, 'predictions are counted once for all who look at the same time');
    assert.equal(glances.length, CROWD);
    assert.deepEqual(
      [glances[3]!.champion?.version, glances[3]!.checks.length, glances[3]!.cycle?.id],
      [1, 5, 'p0003/c8'],
    );
  });

  it('do not load all 160,000 requests when the cycles of one are shown, nor when loops are traced', async () => {
    open();
    const ledger = createRetrainingLedger(pool);
    const read = async (): Promise<number> => {
      await database().query('select pg_stat_force_next_flush()');
      await pool.query('select pg_stat_force_next_flush()');
      const { rows } = await database().query<{ read: number }>(
        `select seq_tup_read as read from pg_stat_user_tables where relname = 'requests'`,
      );
      return rows[0]!.read;
    };
    const before = await read();
    assert.equal((await ledger.cycles(crowdName(5), 20))[0]!.requests.length, 20);
    await ledger.openRequests(crowdName(5));
    const traces = await createTraces(pool).all();
    assert.deepEqual([traces.length, traces[5]!.last.retraining], [CROWD, '2026-03-01T00:00:00.000Z']);
    assert.equal((await read()) - before, 0);
  });
});
