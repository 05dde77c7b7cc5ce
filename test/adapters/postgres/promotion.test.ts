import { createModelVersions } from '../../../adapters/postgres/training/model-versions.ts';
import { createTrafficTable } from '../../../adapters/postgres/rollout/traffic.ts';
import { aVersion, NOW, perennialDatabase } from '../../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';
import pg from 'pg';

describe('a promotion in Postgres', () => {
  const database = perennialDatabase();
  /** The traffic table, with so many versions to promote. */
  const versions = async (count: number) => {
    for (let i = 1; i <= count; i++) await aVersion(database(), `run-${i}`);
    return createTrafficTable(database());
  };
  const audited = async () =>
    (await database().query<{ action: string; who: string }>(`select action, who from audit order by id`)).rows;
  const promotion = (version: number, expectedGeneration: number, at = NOW) => ({
    pipeline: 'fraud',
    version,
    expectedGeneration,
    at,
    by: 'ada',
    reason: 'better',
  });

  it('writes stages, audit and a notification of the replicas in one transaction', async () => {
    const traffic = await versions(2);
    const listener = new pg.Client({ connectionString: database.url() });
    await listener.connect();
    const told = new Promise<string | undefined>((resolve) =>
      listener.on('notification', (note) => resolve(note.payload)),
    );
    await listener.query('listen perennial_traffic');

    await traffic.promote(promotion(1, 0));
    assert.equal(await told, 'fraud');
    await listener.end();
    assert.deepEqual(await traffic.promote(promotion(2, 1)), {
      pipeline: 'fraud',
      generation: 2,
      champion: 2,
      arms: [{ version: 2, share: 1 }],
      previous: 1,
      shadow: null,
    });
    const stages = (await createModelVersions(database()).list('fraud')).map(({ version, stage }) => [version, stage]);
    assert.deepEqual(stages, [[2, 'production'], [1, 'archived']]); // prettier-ignore
    assert.deepEqual((await audited()).slice(-1), [{ action: 'promote', who: 'ada' }]);
  });

  it('refuses a promotion that was decided on older traffic, and changes nothing', async () => {
    const traffic = await versions(3);
    await traffic.promote(promotion(1, 0));
    await traffic.promote(promotion(2, 1));
    const before = await audited();
    await assert.rejects(traffic.promote(promotion(3, 1)), {
      code: 'TRAFFIC_SUPERSEDED',
      message: /generation 2, not 1.*v2 serves/,
    });
    assert.equal((await traffic.get('fraud'))?.champion, 2);
    assert.deepEqual(await audited(), before);
  });

  it('records who served at any past moment, whatever has been changed since', async () => {
    const traffic = await versions(2);
    assert.equal(await traffic.at('fraud', NOW), null);
    const [monday, tuesday, friday] = ['2026-01-12T09:00:00.000Z', '2026-01-13T09:00:00.000Z', '2026-01-16T09:00:00.000Z']; // prettier-ignore
    await traffic.promote(promotion(1, 0, monday));
    await traffic.promote(promotion(2, 1, tuesday));
    await traffic.promote(promotion(1, 2, friday));
    const served = async (moment: string) => {
      const { generation, champion, previous } = (await traffic.at('fraud', moment))!;
      return [generation, champion, previous];
    };
    assert.deepEqual(await served('2026-01-13T08:59:59.999Z'), [1, 1, null]);
    assert.deepEqual(await served(tuesday), [2, 2, 1]);
    assert.deepEqual(await served('2026-01-15T00:00:00.000Z'), [2, 2, 1]);
    assert.deepEqual(await served('2027-01-01T00:00:00.000Z'), [3, 1, 2]);
    assert.deepEqual(
      await served('2025-01-01T00:00:00.000Z'),
      [1, 1, null],
      'before the first it can only be the first',
    );
    const { rows } = await database().query(
      'select generation, from_time as from, changed_by as by from traffic_history order by generation',
    );
    assert.deepEqual(rows.map(({ generation, from, by }) => [generation, from, by]), [[1, monday, 'ada'], [2, tuesday, 'ada'], [3, friday, 'ada']]); // prettier-ignore
  });

  it("lets no change begin before the previous one, even if its machine's clock is late", async () => {
    const traffic = await versions(2);
    await traffic.promote(promotion(1, 0, '2026-01-12T09:00:00.000Z'));
    await traffic.promote(promotion(2, 1, '2026-01-12T08:00:00.000Z'));
    assert.equal((await traffic.at('fraud', '2026-01-12T08:30:00.000Z'))!.champion, 1);
    assert.equal((await traffic.at('fraud', '2026-01-12T09:00:00.000Z'))!.champion, 2);
  });

  it('lets only one of two concurrent promotions through', async () => {
    const traffic = await versions(2);
    const raced = await Promise.allSettled([traffic.promote(promotion(1, 0)), traffic.promote(promotion(2, 0))]);
    assert.deepEqual(raced.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    assert.equal((await traffic.get('fraud'))?.generation, 1);
  });

  it('gives the same answer when a promotion that succeeded is repeated', async () => {
    const traffic = await versions(1);
    const first = await traffic.promote(promotion(1, 0));
    assert.deepEqual(await traffic.promote(promotion(1, 0)), first);
    assert.equal((await audited()).filter(({ action }) => action === 'promote').length, 1);
  });
});
