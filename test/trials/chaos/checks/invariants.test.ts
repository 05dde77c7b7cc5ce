import { createVerdicts } from '../../../../adapters/postgres/alerts/verdicts.ts';
import { type Verdict } from '../../../../core/drift/verdict.ts';
import { aDriftReport, aPipeline } from '../../../reports/fixtures.ts';
import { names } from '../../../support/temporal/names.ts';
import { type Evidence } from '../../../../trials/chaos/checks/evidence.ts';
import { invariants } from '../../../../trials/chaos/checks/invariants.ts';
import { nothingPromised, type Promised } from '../../../../trials/chaos/work.ts';
import { aVersion, NOW, perennialDatabase } from '../../../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';

describe('the invariants of chaos', () => {
  const database = perennialDatabase();

  async function whatIsBroken(
    name: RegExp,
    { answered = [] as string[], ...promised }: Partial<Promised> & { answered?: string[] } = {},
  ) {
    const found = invariants.find((each) => name.test(each.name));
    assert.ok(found, String(name));
    const evidence = {
      machine: { database: database(), names, operations: { status: { of: async () => ({ waiting: null }) } } },
      world: { name: 'fraud', pipeline: aPipeline() },
      caller: { answered: new Set(answered), unsure: () => 0, failed: [] },
      promised: { ...nothingPromised(), ...promised },
    };
    return (await found.look(evidence as unknown as Evidence)).broken;
  }
  const log = (id: string, time = NOW) =>
    database().query(
      `insert into predictions (id, pipeline, version, key, time, row, score, decision, served_at)
       values ($1, 'fraud', 1, 'k', $2, '{}', 0.5, false, $2)`,
      [id, time],
    );
  const cycle = (id: string, outcome: string | null) =>
    database().query(
      `insert into cycles (id, pipeline, reason, as_of, outcome) values ($1, 'fraud', 'person', $2, $3)`,
      [id, NOW, outcome && JSON.stringify({ result: outcome, reason: 'it was not called off' })],
    );
  const audit = (action: string, who: string, details: object) =>
    database().query(`insert into audit (who, action, pipeline, details) values ($1, $2, 'fraud', $3)`, [
      who,
      action,
      details,
    ]);

  it('find nothing where nothing is lost', async () => {
    const id = randomUUID();
    await log(id);
    assert.deepEqual(await whatIsBroken(/answered prediction/, { answered: [id] }), []);
  });

  it('find a prediction that was answered but not logged, one logged twice, and one that was never answered', async () => {
    const [lost, twice] = [randomUUID(), randomUUID()];
    await log(twice);
    await log(twice, '2026-01-12T00:00:00.000Z');
    await log(randomUUID());

    const broken = await whatIsBroken(/answered prediction/, { answered: [lost, twice] });

    assert.match(broken[0] ?? '', new RegExp(`1 were answered and are not in the log, like ${lost}`));
    assert.match(broken[1] ?? '', new RegExp(`1 are in the log more than once, like ${twice}`));
    assert.match(broken[2] ?? '', /1 that nobody was given/);
  });

  it('find a cycle that did not end, one that failed, and one that promoted twice', async () => {
    await cycle('c1', 'promoted');
    for (const generation of [1, 2]) await audit('promote', 'rollout c1', { generation });
    await cycle('c2', null);
    await cycle('fraud-lost', 'failed');
    await cycle('fraud-whim', 'failed');

    assert.deepEqual((await whatIsBroken(/every cycle/, { calledOff: ['fraud/training/whim'] })).sort(), [
      'cycle c1 ended promoted with 2 promotions',
      'cycle c2 has no outcome',
      'cycle fraud-lost failed: it was not called off',
    ]);
  });

  it('find drift without an alert, but for columns that are no longer filled, which have one of their own', async () => {
    const { verdict } = aDriftReport();
    const verdicts = createVerdicts(database());
    const record = (id: string, asOf: string, changes: Partial<Verdict>) =>
      verdicts.record({ ...verdict, ...changes, id, asOf, pipeline: 'fraud' });
    await record('v1', '2026-03-04T09:00:00.000Z', {});
    assert.deepEqual(await whatIsBroken(/alert of drift/), ['the newest judgement is severe: 0 open alerts of drift, not 1']); // prettier-ignore
    const empty = { reference: 0, current: 0.9 };
    const columns = verdict.columns.map((each) => (each.drifted ? { ...each, nullShare: empty } : each));
    await record('v2', '2026-03-04T10:00:00.000Z', { columns });
    assert.deepEqual(await whatIsBroken(/alert of drift/), []);
  });

  it('find a change of traffic that was made twice', async () => {
    for (const who of ['ada', 'ada']) await audit('promote', who, { generation: 1 });
    assert.match((await whatIsBroken(/change of traffic/))[0] ?? '', /generation 1 2 times/);
  });

  it('find a snapshot whose rows are others than when it was first seen', async () => {
    await database().query(`insert into snapshots (id, pipeline, revision, as_of, status) values ('s1', 'fraud', 'r1', $1, 'published')`, [NOW]); // prettier-ignore
    const snapshots = new Map<string, number>();
    assert.deepEqual(await whatIsBroken(/as many rows/, { snapshots }), []);
    assert.deepEqual([...snapshots], [['s1', 0]]);
    assert.deepEqual(await whatIsBroken(/as many rows/, { snapshots: new Map([['s1', 8_438]]) }), [
      'snapshot s1 had 8438 rows and has 0',
    ]);
  });

  it('find a request that was accepted and is lost', async () => {
    assert.deepEqual(await whatIsBroken(/every request/, { requests: ['r1'] }), ['r1 was accepted and is lost']);
  });

  it('find a training run without a version, unless it had nothing new to learn', async () => {
    await aVersion(database(), 'c1');
    await database().query(`update cycles set outcome = '{"result": "refused"}'`);
    for (const result of ['refused', 'nothing new']) {
      await cycle(`c ${result}`, result);
      await database().query(
        `insert into training_runs (id, pipeline, revision, cycle, as_of, snapshot, generation)
         select $1, pipeline, revision, $1, as_of, snapshot, generation from training_runs where cycle = 'c1'`,
        [`c ${result}`],
      );
    }
    assert.deepEqual(await whatIsBroken(/versions are numbered/), ['training run c refused registered 0 versions']);
  });

  it('find a missing number among the versions, and a registration without its audit row', async () => {
    await aVersion(database(), 'c1');
    assert.deepEqual(await whatIsBroken(/versions are numbered/), []);

    await database().query('update model_versions set version = 3');

    assert.deepEqual(await whatIsBroken(/versions are numbered/), [
      'version 3 stands at place 1',
      'version 3 has 0 audit rows of its registration',
    ]);
  });
});
