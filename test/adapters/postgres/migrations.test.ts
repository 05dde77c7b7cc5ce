import { createApprovals } from '../../../adapters/postgres/rollout/approvals.ts';
import { createOutbox } from '../../../adapters/postgres/alerts/outbox.ts';
import { createParts } from '../../../adapters/postgres/data/parts.ts';
import { migrate } from '../../../adapters/postgres/database.ts';
import { createPipelines } from '../../../adapters/postgres/pipelines.ts';
import { createPredictionLog } from '../../../adapters/postgres/predictions/prediction-log.ts';
import { createRollouts } from '../../../adapters/postgres/rollout/rollouts.ts';
import { createSnapshots } from '../../../adapters/postgres/data/snapshots.ts';
import { createTrials } from '../../../adapters/postgres/training/trials.ts';
import { createTrafficTable } from '../../../adapters/postgres/rollout/traffic.ts';
import { databaseBefore } from '../../support/postgres/database-before.ts';
import { shipmentOf } from '../../support/shipments.ts';
import assert from 'node:assert/strict';

/** A declaration as it was stored when label facts came from tables alone. */
const old = {
  name: 'churn',
  source: { kind: 'postgres', connection: { env: 'SHOP' }, table: 'visits', key: 'id', time: 'at' },
  columns: { visits: { kind: 'number' } },
  label: {
    name: 'left',
    connection: { env: 'SHOP' },
    table: 'farewells',
    key: 'visit',
    value: 'left',
    observedAt: 'seen_at',
    maturesAfter: '7 days',
    whenAbsent: 0,
  },
  candidates: [{ kind: 'logistic', name: 'logistic' }],
  gates: { metric: 'rocAuc', margin: 0.01 },
};

describe('a database of an earlier version', () => {
  it("is upgraded with all its data: declarations are read in today's form", async () => {
    await databaseBefore('002', async (database) => {
      await database.query("insert into revisions values ('churn', 'r1', $1, now(), 'ada')", [old]);
      await database.query("insert into pipelines values ('churn', 'r1', now())");

      await migrate(database);
      await migrate(database);

      const pipeline = await createPipelines(database).declaration({ name: 'churn', revision: 'r1' });
      assert.deepEqual(pipeline.label, {
        name: 'left',
        kind: 'binary',
        facts: {
          kind: 'postgres',
          connection: { env: 'SHOP' },
          table: 'farewells',
          key: 'visit',
          value: 'left',
          observedAt: 'seen_at',
        },
        maturesAfter: '7 days',
        whenAbsent: 0,
      });
    });
  });

  it('gets a history of its traffic from the audit, by the clock that the loops ran on', async () => {
    const at = (day: number): string => `2026-01-${day}T03:00:00.000Z`;
    await databaseBefore('006', async (database) => {
      // What training leaves behind is not this test's subject: rows without the snapshots and cycles they point to.
      await database.query('set session_replication_role = replica');
      await database.query(`insert into revisions values ('churn', 'r1', $1, now(), 'ada')`, [old]);
      await database.query(`insert into pipelines values ('churn', 'r1', now()), ('restored', 'r1', now())`);
      // The second was trained as of a simulated moment ahead of the database's clock.
      await database.query(
        `insert into training_runs (id, pipeline, revision, cycle, as_of, snapshot, generation)
         values ('one', 'churn', 'r1', 'one', $1, 's', 0), ('two', 'churn', 'r1', 'two', $2, 's', 1)`,
        [at(10), at(25)],
      );
      const promoted = (day: number, who: string, version: number, previous: number | null, generation: number) =>
        database.query(
          `insert into audit (at, who, action, pipeline, details) values ($1, $2, 'promote', 'churn', $3)`,
          [at(day), who, { version, previous, generation, reason: '' }],
        );
      await promoted(11, 'training run one', 1, null, 1);
      await promoted(12, 'training run two', 2, 1, 2);
      await promoted(13, 'ada', 1, 2, 3);
      const traffic = `insert into traffic (pipeline, generation, shares, previous, changed_at) values ($1, $2, $3, $4, $5)`;
      await database.query(traffic, ['churn', 3, JSON.stringify([{ version: 1, share: 1 }]), 2, at(13)]);
      await database.query(traffic, ['restored', 7, JSON.stringify([{ version: 5, share: 1 }]), 4, at(14)]);
      await database.query('reset session_replication_role');

      await migrate(database);

      const { rows } = await database.query(
        `select pipeline, generation, (shares -> 0 ->> 'version')::int as version, previous, from_time as from,
           changed_by as by from traffic_history order by pipeline, generation`,
      );
      assert.deepEqual(rows.map(Object.values), [
        ['churn', 1, 1, null, at(11), 'training run one'],
        ['churn', 2, 2, 1, at(25), 'training run two'],
        ['churn', 3, 1, 2, at(25), 'ada'],
        ['restored', 7, 5, 4, at(14), 'the traffic before it had a history'],
      ]);
      assert.equal((await createTrafficTable(database).at('churn', at(20)))?.generation, 1);
    });
  });

  it('keeps its parts, snapshots and labels: parts belong to a pipeline, and facts are known since they were observed', async () => {
    await databaseBefore('006', async (database) => {
      await database.query(`
        insert into revisions select name, 'r1', '{}', now(), 'ada' from unnest(array['churn', 'second']) as of (name);
        insert into pipelines select pipeline, revision, now() from revisions;
        insert into parts (extraction, pipeline, kind, from_time, to_time, object_key, sha256, rows, bytes)
          values ('e1', 'churn', 'rows', '2026-01-01Z', '2026-01-02Z', 'parts/e1', 'ab', 7, 9);
        insert into snapshots (id, pipeline, revision, as_of, status)
          values ('s1', 'churn', 'r1', '2026-01-02Z', 'published'), ('s2', 'second', 'r1', '2026-01-02Z', 'quarantined');
        insert into snapshot_parts values ('s1', 'e1', 1), ('s2', 'e1', 1);
        insert into labels values ('churn', 'k1', 1, '2026-01-01Z')`);

      await migrate(database);

      const snapshots = createSnapshots(database);
      const [first, second] = [await snapshots.get('s1'), await snapshots.get('s2')];
      assert.deepEqual([first.rows, second.rows], [7, 7]);
      assert.deepEqual([first.parts[0]?.id, second.parts[0]?.id], ['churn/e1/1', 'second/e1/1']);
      assert.equal(first.reportKey, 'reports/churn/quality/s1.html');
      assert.deepEqual((await createParts(database).find(['second/e1']))[0]?.objectKey, 'parts/e1');
      const { rows } = await database.query('select key, value, known_at = observed_at as known from labels');
      assert.deepEqual(rows, [{ key: 'k1', value: 1, known: true }]);
    });
  });

  it('lists what its training runs tried, with the recipes that were declared', async () => {
    await databaseBefore('029', async (database) => {
      await database.query('set session_replication_role = replica');
      await database.query(`insert into revisions values ('churn', 'r1', $1, now(), 'ada')`, [old]);
      await database.query(
        `insert into training_runs (id, pipeline, revision, cycle, as_of, snapshot, generation, training_set)
         values ('one', 'churn', 'r1', 'one', now(), 's', 0, '{"rows": {"train": 600}}')`,
      );
      const result = { selection: { rows: 90, positives: 9, rocAuc: 0.8 }, epochs: 3, seconds: 1.5 };
      await database.query(`insert into candidates values ('one', 'logistic', $1), ('one', 'brought', $1)`, [result]);
      await database.query('reset session_replication_role');

      await migrate(database);

      const tried = await createTrials(database).of('one');
      assert.deepEqual(
        tried.map(({ candidate, recipe, spec, metric, result: found }) => [
          candidate,
          recipe,
          spec,
          metric,
          found?.rows,
        ]),
        [
          ['brought', 'brought', null, 'rocAuc', 600],
          ['logistic', 'logistic', { kind: 'logistic', name: 'logistic' }, 'rocAuc', 600],
        ],
      );
      assert.deepEqual([tried[1]!.state, tried[1]!.seconds, tried[1]!.result!.selection], ['finished', 1.5, result.selection]); // prettier-ignore
    });
  });

  it('names the champion of its current and earlier traffic', async () => {
    await databaseBefore('015', async (database) => {
      await database.query(`
        insert into revisions values ('churn', 'r1', '{}', now(), 'ada');
        insert into pipelines values ('churn', 'r1', now());
        insert into traffic values ('churn', 2, '[{"version": 5, "share": 1}]', 3, now());
        insert into traffic_history values
          ('churn', 1, '[{"version": 3, "share": 1}]', null, '2026-01-01Z', now(), 'ada'),
          ('churn', 2, '[{"version": 5, "share": 1}]', 3, '2026-01-02Z', now(), 'ada')`);

      await migrate(database);

      const traffic = createTrafficTable(database);
      const arms = [{ version: 5, share: 1 }];
      assert.deepEqual(await traffic.get('churn'), {
        pipeline: 'churn',
        generation: 2,
        champion: 5,
        arms,
        previous: 3,
        shadow: null,
      });
      assert.equal((await traffic.at('churn', '2026-01-01T12:00:00.000Z'))!.champion, 3);
    });
  });

  it('keeps its approvals: each belongs to a rollout, which ended as its cycle did', async () => {
    await databaseBefore('017', async (database) => {
      const at = '2026-01-11T03:00:00.000Z';
      await database.query(`
        insert into revisions values ('churn', 'r1', '{}', now(), 'ada');
        insert into pipelines values ('churn', 'r1', now());
        insert into snapshots (id, pipeline, revision, as_of, status) values ('s1', 'churn', 'r1', '${at}', 'published');
        insert into cycles (id, pipeline, reason, as_of, outcome) values
          ('one', 'churn', 'person', '${at}', '{"result": "promoted", "version": 1, "reason": "", "endedAt": "${at}"}'),
          ('two', 'churn', 'person', '${at}', null);
        insert into training_runs (id, pipeline, revision, cycle, as_of, snapshot, generation)
          select id, 'churn', 'r1', id, as_of, 's1', 4 from cycles;
        insert into model_versions (pipeline, version, revision, training_run, candidate, object_key, sha256, stage, evidence)
          values ('churn', 1, 'r1', 'one', 'mlp', 'k', 'ab', 'production', '{}'), ('churn', 2, 'r1', 'two', 'mlp', 'k', 'ab', 'staging', '{}');
        insert into approvals (training_run, pipeline, version, cycle, reason, asked_at, until, decision) values
          ('one', 'churn', 1, 'one', 'better', '${at}', '${at}', '{"approve": true, "by": "ada", "reason": "read"}'),
          ('two', 'churn', 2, 'two', 'much better', '${at}', '${at}', null)`);

      await migrate(database);

      const [approvals, rollouts] = [createApprovals(database), createRollouts(database)];
      assert.equal((await approvals.said('one'))?.by, 'ada');
      const asked = { pipeline: 'churn', version: 2, cycle: 'two', reason: 'much better', askedAt: at };
      assert.deepEqual(await approvals.waiting(), [{ ...asked, rollout: 'two', until: at, decision: null }]);
      const { outcome, ...rollout } = await rollouts.get('two');
      const generation = { revision: 'r1', generation: 4, askedBy: 'training run two', ownRun: false };
      assert.deepEqual(rollout, { ...asked, ...generation, id: 'two', confirmation: null });
      assert.deepEqual([outcome, (await rollouts.get('one')).outcome?.result], [null, 'promoted']);
    });
  });

  it('keeps its audit: rows about the installation belong to no pipeline and have no known origin', async () => {
    await databaseBefore('015', async (database) => {
      await database.query(
        `insert into audit (who, action, pipeline, details)
         values ('ada', 'apply', 'churn', '{}'), ('ben', 'resolve alert', '', '{}')`,
      );

      await migrate(database);

      const { rows } = await database.query('select who, via, pipeline from audit order by id');
      assert.deepEqual(rows, [
        { who: 'ada', via: null, pipeline: 'churn' },
        { who: 'ben', via: null, pipeline: null },
      ]);
    });
  });

  it('keeps the order of messages that wait to be sent', async () => {
    await databaseBefore('064', async (database) => {
      await database.query(
        `insert into alerts (id, fingerprint, kind, severity, summary, detail, opened_at, last_seen_at, times, told)
         values ('a', 'disk', 'disk', 'critical', '', '', now(), now(), 1, true)`,
      );
      await database.query(
        `insert into alert_tellings (alert, telling, subject, text, severity, addressed)
         select 'a', telling, '', '', 'critical', true from unnest(array['opened', 'resolved']) telling`,
      );
      await database.query(
        `insert into alert_deliveries (telling, channel, target) select id, 'email', 'ada' from alert_tellings`,
      );

      await migrate(database);

      assert.deepEqual((await createOutbox(database).take(10)).map(({ telling }) => telling), ['opened']); // prettier-ignore
    });
  });

  it('accepts predictions without a decision', async () => {
    await databaseBefore('000', async (database) => {
      await migrate(database);
      const prediction = {
        id: '6a2f41a3-c54c-4b5e-9d1a-3f0c7f7f6f01',
        pipeline: 'demand',
        version: 1,
        key: 'k1',
        entity: null,
        time: '2026-01-03T02:00:00.000Z',
        row: { visits: 3 },
        score: 41.5,
        decision: null,
        servedAt: '2026-01-03T02:00:00.000Z',
      };
      assert.equal(await createPredictionLog(database).append(shipmentOf([prediction])), 1);
      const { rows } = await database.query('select score, decision from predictions');
      assert.deepEqual(rows, [{ score: 41.5, decision: null }]);
    });
  });
});
