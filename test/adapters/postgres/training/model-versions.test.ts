import { createModelVersions } from '../../../../adapters/postgres/training/model-versions.ts';
import { aTrainingRun, perennialDatabase } from '../../../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';

describe('model versions in Postgres', () => {
  const database = perennialDatabase();
  const register = (model: Awaited<ReturnType<typeof aTrainingRun>>) =>
    createModelVersions(database()).register(model, 'ada');

  it('are registered once for a run, however often it asks', async () => {
    const model = await aTrainingRun(database(), 'run-1');
    const [first, second] = [await register(model), await register(model)];
    assert.equal(first.version, 1);
    assert.deepEqual(second, first);
    const { rows } = await database().query(`select who from audit where action = 'register'`);
    assert.deepEqual(rows, [{ who: 'ada' }]);
  });

  it('have consecutive numbers, also when runs register at once', async () => {
    const models = [];
    for (let i = 0; i < 5; i++) models.push(await aTrainingRun(database(), `run-${i}`));
    const registered = await Promise.all(models.map(register));
    assert.deepEqual(
      registered.map(({ version }) => version).sort((a, b) => a - b),
      [1, 2, 3, 4, 5],
    );
  });
});
