import { createClock } from '../../../../adapters/machine/clock.ts';
import { createFleetFacts } from '../../../../adapters/postgres/fleet-facts.ts';
import { createTrafficTable } from '../../../../adapters/postgres/rollout/traffic.ts';
import { createRetrainingLedger } from '../../../../adapters/postgres/training/retraining-ledger.ts';
import { type FleetFacts } from '../../../../core/runs/fleet-facts.ts';
import { instant, HOUR } from '../../../../core/time/time.ts';
import { aVersion, NOW, perennialDatabase } from '../../../support/postgres/perennial-database.ts';
import { aServer, cleanUp, World } from '../../fakes.ts';
import assert from 'node:assert/strict';

describe('metrics of pipelines', () => {
  const database = perennialDatabase();
  afterEach(cleanUp);
  const hoursBefore = (hours: number): string => instant(Date.parse(NOW) - hours * HOUR);
  const hoursAgo = (hours: number): string => instant(Date.now() - hours * HOUR);

  const scraped = async (fleetFacts = createFleetFacts(database())): Promise<string[]> => {
    const { app } = await aServer(new World(), {
      fleetFacts,
      clock: { ...createClock(), now: () => new Date(Date.parse(NOW) + HOUR) },
    });
    const { body } = await app.inject({ url: '/metrics' });
    return body
      .split('\n')
      .filter((line) => /^perennial_\w+{.*pipeline="(fraud)?"|^perennial_alert_delivery_oldest/.test(line));
  };

  it('show what was last found of each, who serves, what came of trainings, and what people have to hear', async () => {
    await aVersion(database(), 'run-1');
    const promoted = { pipeline: 'fraud', version: 1, expectedGeneration: 0, at: NOW, by: 'ada', reason: '' };
    await createTrafficTable(database()).promote(promoted);
    const verdict = {
      id: 'v1',
      pipeline: 'fraud',
      asOf: NOW,
      version: 1,
      level: 'severe',
      share: 0.4,
      abstained: null,
      unsure: 'too little past',
      unwatched: { since: hoursBefore(2), toldBefore: false },
      alarm: { rate: '1 a year', raised: [{ column: 'amount' }], finds: [{ column: 'amount', of: 'number', least: 0.4 }, { column: 'age', of: 'number', least: null }] }, // prettier-ignore
      score: null,
      joint: { auc: 0.7, pair: { columns: ['a', 'b'], reference: 0.5, current: -0.25 } },
      columns: [{ column: 'never read', distances: {} }],
      performance: [{ version: 1, metrics: { averagePrecision: 0.5 } }],
      estimated: { withheld: null, metrics: { averagePrecision: { value: 0.6, low: 0.5, high: 0.7 } } },
      foretold: { days: 10, held: 8, error: 0.1 },
      concept: { decayed: true, slices: [{ name: 'abroad' }], floor: { isBelow: false, floor: 0.4, derived: true } },
    };
    const record = (id: string, at: string) =>
      database().query('insert into verdicts (id, pipeline, as_of, level, verdict) values ($1, $2, $3, $4, $5)', [
        id,
        'fraud',
        at,
        'severe',
        { ...verdict, id, asOf: at },
      ]);
    await record('v1', NOW);
    const ledger = createRetrainingLedger(database());
    await ledger.recordRequest({
      id: 'r',
      pipeline: 'fraud',
      reason: 'schedule',
      asOf: NOW,
      detail: '',
      driftSince: null,
    });
    await ledger.recordWait('fraud', { what: 'cooldown', why: '', until: NOW, at: NOW });
    await database().query(
      `with a as (insert into alerts (id, fingerprint, pipeline, kind, severity, summary, detail, opened_at, last_seen_at, times, told, under, silenced_until)
         values ('a', 'f', 'fraud', 'drift', 'critical', '', '', $1, $1, 1, true, null, null), ('b', 'g', null, 'disk', 'warning', '', '', $1, $1, 1, true, null, $1),
           ('c', 'h', 'fraud', 'data-failed', 'warning', '', '', $1, $1, 1, false, 'b', null),
           ('d', 'i', 'fraud', 'volume', 'critical', '', '', $1, $1, 1, true, null, $1::timestamptz + interval '2 hours')),
       t as (insert into alert_tellings (alert, telling, subject, text) values ('a', 'opened', '', '') returning id)
       insert into alert_deliveries (telling, channel, target, created_at) select id, 'email', 'x', $2 from t`,
      [NOW, hoursAgo(2)],
    );
    await database().query(
      `insert into automation_runs (pipeline, automation, event, at, state) select 'fraud', 'page', max(id), $1, 'failed' from events`,
      [NOW],
    );
    assert.deepEqual(
      (await scraped()).map((line) =>
        line
          .replace(/^perennial_/, '')
          .replace('pipeline="fraud"', 'fraud')
          .replace(/ 720\d(\.\d+)?$/, ' 7200'),
      ),
      [
        'verdict_age_seconds{fraud} 3600',
        'verdict_abstained{fraud} 0',
        'verdict_unsure{fraud} 1',
        'drift_unwatched_seconds{fraud} 10800',
        'drift_level{fraud} 2',
        'drift_share{fraud} 0.4',
        'drift_alarm_columns{fraud} 1',
        'drift_alarm_blind_columns{fraud} 1',
        'drift_rows_auc{fraud} 0.7',
        'drift_correlation_change{fraud} 0.75',
        'performance{fraud,version="1",metric="averagePrecision",by="labels"} 0.5',
        'performance{fraud,version="1",metric="averagePrecision",by="estimate"} 0.6',
        'estimate_withheld{fraud} 0',
        'estimate_days{fraud} 10',
        'estimate_days_held{fraud} 8',
        'performance_floor{fraud,metric="averagePrecision"} 0.4',
        'performance_fallen{fraud} 1',
        'performance_slices_fallen{fraud} 1',
        'performance_below_floor{fraud,declared="false"} 0',
        'champion_age_seconds{fraud} 3600',
        'loop_success_age_seconds{fraud,loop="data"} 3600',
        'loop_success_age_seconds{fraud,loop="training"} 3600',
        'loop_success_age_seconds{fraud,loop="monitoring"} 3600',
        'training_running{fraud} 0',
        'trainings_ended{fraud,result="promoted"} 1',
        'retraining_requests{fraud} 1',
        'retraining_waits{fraud,reason="cooldown"} 1',
        'retraining_budget_left{fraud} 6',
        'automation_runs{fraud,state="failed"} 1',
        'alerts_open_by_kind{fraud,kind="drift",severity="critical"} 1',
        'alerts_open_by_kind{pipeline="",kind="disk",severity="warning"} 1',
        'alert_delivery_oldest_age_seconds 7200',
      ],
    );
  });

  it('count neither a failed nor a cancelled training as a success', async () => {
    const trained = (id: string, at: string, result: string) =>
      database().query(
        `insert into cycles (id, pipeline, reason, as_of, outcome) values ($1, 'fraud', 'schedule', $2, $3)`,
        [id, at, { result, version: null, reason: '', endedAt: at }],
      );
    await trained('c1', hoursBefore(5), 'refused');
    await trained('c2', hoursBefore(2), 'failed');
    await trained('c3', hoursBefore(1), 'cancelled');
    const [fraud] = (await createFleetFacts(database())(NOW)).pipelines;
    assert.equal(fraud!.succeeded.training, hoursBefore(5));
  });

  it('show a newer check in place of the one that was known', async () => {
    const read = createFleetFacts(database());
    const check = async (id: string, level: string, at: string) => {
      await database().query(
        `insert into verdicts (id, pipeline, as_of, level, verdict) values ($1, 'fraud', $2, $3, $4)`,
        [id, at, level, { asOf: at, level, score: null }],
      );
      return (await read(NOW)).pipelines[0]?.check?.level;
    };
    assert.equal(await check('v1', 'severe', NOW), 'severe');
    assert.equal(await check('v2', 'stable', instant(Date.parse(NOW) + HOUR)), 'stable');
    assert.equal(await check('v0', 'drifting', hoursAgo(24 * 900)), 'stable');
  });

  it('read the database once, however often they are scraped, and are absent while it does not answer', async () => {
    let reads = 0;
    const none: FleetFacts = { pipelines: [], alerts: [], oldestDeliveryMs: null };
    const { app } = await aServer(new World(), { fleetFacts: async () => (reads++, none) });
    for (let time = 0; time < 3; time++) await app.inject({ url: '/metrics' });
    assert.equal(reads, 1);
    assert.deepEqual(await scraped(() => Promise.reject(new Error('away'))), [
      'perennial_alert_delivery_oldest_age_seconds Nan',
    ]);
  });
});
