import { createBinnings } from '../../../adapters/postgres/data/binnings.ts';
import { createPredictionLog } from '../../../adapters/postgres/predictions/prediction-log.ts';
import { perennialDatabase } from '../../support/postgres/perennial-database.ts';
import { aRow, aServer, aServingWorld, cleanUp, predict } from '../fakes.ts';
import assert from 'node:assert/strict';

describe('replicas of a server', () => {
  const database = perennialDatabase();
  afterEach(cleanUp);

  it('add up their counts, though they have one name and started in the same second', async () => {
    const world = aServingWorld();
    const log = createPredictionLog(database());
    await createBinnings(database()).record('fraud', world.binning.columns);
    const replicas = await Promise.all([1, 2].map(() => aServer(world, { predictions: log, replica: 'server' })));
    for (const [i, replica] of replicas.entries())
      for (let n = 0; n <= i; n++) assert.equal((await predict(replica, aRow())).status, 200);
    for (const replica of replicas) {
      await replica.shipper.ship();
      await replica.counting.count();
    }
    const day = { from: '2026-01-01T00:00:00.000Z', to: '2027-01-01T00:00:00.000Z' };
    const served = await log.served('fraud', world.binning, day);
    assert.deepEqual(
      served.map(({ version, profile }) => [version, profile.rows]),
      [[1, 3]],
    );
  });
});
