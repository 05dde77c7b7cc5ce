import { createTrainingRuns } from '../../../../adapters/postgres/training/training-runs.ts';
import { createTrials } from '../../../../adapters/postgres/training/trials.ts';
import { candidateSchema } from '../../../../core/recipes/index.ts';
import { type TrialFilter } from '../../../../core/search/trials.ts';
import { aTrainingRun, perennialDatabase } from '../../../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';

describe('trials in Postgres', () => {
  const database = perennialDatabase();
  const store = () => createTrials(database());
  const boosted = (leaves: number) => candidateSchema.parse({ kind: 'boosted', name: `b${leaves}`, leaves });
  const mlp = candidateSchema.parse({ kind: 'mlp', name: 'mlp' });
  const result = (averagePrecision: number, rung = 0) => ({
    rung,
    rows: 900,
    selection: { rows: 100, positives: 9, averagePrecision },
    seconds: 2,
    epochs: 3,
  });
  const open = async (run: string): Promise<void> => {
    await database().query('update cycles set outcome = null where id = $1', [run]);
    await store().open(
      run,
      [boosted(4), boosted(31), mlp].map((spec) => ({ candidate: spec.name, recipe: spec.kind, spec, searched: true })),
    );
  };
  const found = async (filter: Partial<TrialFilter>): Promise<string[]> =>
    (await store().list({ limit: 100, ...filter })).map(({ candidate }) => candidate);

  it('keep the first result of each rung, add up their seconds, and know who won', async () => {
    await aTrainingRun(database(), 'run-1');
    await open('run-1');
    await store().begin('run-1', 'b4');
    const first = await store().record('run-1', 'b4', result(0.5), [[1, 0.7, 0.6]], false);
    assert.deepEqual(await store().record('run-1', 'b4', result(0.9), [], false), first);
    await store().record('run-1', 'b4', result(0.6, 1), [[2, 0.5, 0.4]], true);
    await store().end('run-1', ['b31', 'b4'], 'stopped', 'others were better');

    const [, stopped] = (await store().of('run-1')).toReversed();
    const [before, after] = [await store().of('run-1'), stopped!];
    assert.deepEqual(before.map(({ candidate, state, seconds }) => [candidate, state, seconds]), [['b31', 'stopped', 0], ['b4', 'finished', 4], ['mlp', 'waiting', 0]]); // prettier-ignore
    assert.deepEqual([after.result!.selection.averagePrecision, after.spec, after.metric], [0.6, boosted(4), 'averagePrecision']); // prettier-ignore
    assert.deepEqual(await store().curves('run-1', ['b4', 'b31']), { b4: [[2, 0.5, 0.4]] });

    const winner = { candidate: 'b4', objectKey: 'm', sha256: 'ab' } as never;
    await createTrainingRuns(database()).recordWinner('run-1', winner);
    assert.deepEqual((await store().of('run-1')).map(({ candidate, state, winner: won }) => [candidate, state, won]), [['b31', 'stopped', false], ['b4', 'finished', true], ['mlp', 'failed', false]]); // prettier-ignore
  });

  it('do not end any more once the cycle of their run has ended without a winner', async () => {
    await aTrainingRun(database(), 'run-1');
    await open('run-1');
    await store().begin('run-1', 'b4');
    const under = async () => [(await store().runs('fraud', 1, 'run-1'))[0]!.over, (await found({ state: 'running' })).length]; // prettier-ignore
    assert.deepEqual(await under(), [false, 1]);
    await database().query(`update cycles set outcome = '{"result": "failed"}' where id = 'run-1'`);
    assert.deepEqual(await under(), [true, 0]);
  });

  it('are found by recipe, metric, state and options, among thousands', async () => {
    await aTrainingRun(database(), 'run-1');
    await open('run-1');
    for (const [name, value] of [
      ['b4', 0.3],
      ['b31', 0.5],
      ['mlp', 0.7],
    ] as const)
      // prettier-ignore
      await store().record('run-1', name, result(value), [], true);
    assert.deepEqual(await found({ recipe: 'boosted' }), ['b31', 'b4']);
    assert.deepEqual(await found({ least: 0.4, most: 0.6 }), ['b31']);
    assert.deepEqual(await found({ metric: 'averagePrecision', least: 0.6 }), ['mlp']);
    assert.deepEqual(await found({ metric: 'rocAuc', least: 0 }), []);
    assert.deepEqual(await found({ options: [{ option: 'leaves', least: 4, most: 10 }] }), ['b4']);
    assert.deepEqual(await found({ options: [{ option: 'leaves', is: '31' }] }), ['b31']);
    assert.deepEqual(await found({ options: [{ option: 'hidden', least: 1, most: null }] }), [], 'a list is no number');
    assert.deepEqual(await found({ options: [{ option: 'hidden', is: '[64, 32]' }] }), ['mlp']);
    assert.deepEqual(await found({ state: 'waiting' }), []);
    assert.deepEqual(await found({ pipeline: 'churn' }), []);
    assert.deepEqual(await found({ since: '2199-01-01T00:00:00.000Z' }), []);

    await database().query(
      `insert into trials (training_run, candidate, recipe, spec, searched, state, rung, results, curve)
       select 'run-1', 'many-' || i, 'boosted', spec, true, 'finished', 0, results,
              (select jsonb_agg(jsonb_build_array(j, 0.12345, 0.12345)) from generate_series(1, 200) j)
       from trials, generate_series(1, 2000) i where candidate = 'b31'`,
    );
    assert.equal((await found({ limit: 2000, recipe: 'boosted', least: 0.4, options: [{ option: 'leaves', least: 20, most: null }] })).length, 2000); // prettier-ignore
  });
});
