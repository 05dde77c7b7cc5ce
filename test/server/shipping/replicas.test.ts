import { createBinnings } from '../../../adapters/postgres/data/binnings.ts';
import { createPredictionLog } from '../../../adapters/postgres/predictions/prediction-log.ts';
import { type Binning } from '../../../core/data/profiles/binning.ts';
import { type Shipment } from '../../../core/data/predictions/prediction-log.ts';
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

  it('count many predictions while they answer, each once, whatever the connection does and after new bins', async () => {
    const world = aServingWorld();
    const log = createPredictionLog(database());
    const { columns } = await createBinnings(database()).record('fraud', world.binning.columns);
    let loseAnswer = false;
    const predictions = {
      ...log,
      append: async (shipment: Shipment): Promise<number> => {
        const fresh = await log.append(shipment);
        if (!loseAnswer) return fresh;
        loseAnswer = false;
        throw new Error('Connection terminated unexpectedly');
      },
    };
    const { shipper, counting, ...server } = await aServer(world, { predictions });
    const ask = (rows: number) => predict({ shipper, counting, ...server }, { rows: Array.from({ length: rows }, () => aRow()) }); // prettier-ignore
    const waiting = async () =>
      (
        await database().query(
          'select (select count(*) from uncounted) ids, (select count(*) from shipped_counts) counts',
        )
      ).rows[0];
    const day = { from: '2026-01-01T00:00:00.000Z', to: '2027-01-01T00:00:00.000Z' };
    const rows = async (binning: Binning) =>
      (await log.served('fraud', binning, day)).map(({ profile }) => profile.rows);

    await ask(1);
    await shipper.ship();
    assert.deepEqual(await waiting(), { ids: 1, counts: 0 });
    await counting.count(); // from here on the server knows the bins
    await ask(600);
    loseAnswer = true;
    await assert.rejects(shipper.ship(), /Connection terminated/);
    await shipper.ship();
    assert.deepEqual(await waiting(), { ids: 0, counts: 1 });
    assert.deepEqual(await rows(world.binning), [601]);
    await counting.count();
    assert.deepEqual([await waiting(), await rows(world.binning)], [{ ids: 0, counts: 0 }, [601]]);

    const { amount: _amount, ...fewer } = columns;
    const newer = await createBinnings(database()).record('fraud', fewer);
    await ask(600);
    await shipper.ship();
    assert.deepEqual([await waiting(), await rows(newer)], [{ ids: 1, counts: 0 }, [600]]);
    await counting.count();
    await ask(600);
    await shipper.ship();
    assert.deepEqual([await waiting(), await rows(newer)], [{ ids: 0, counts: 1 }, [1200]]);
  });
});
