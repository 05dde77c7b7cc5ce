import { createAnalytics, type DuckAnalytics } from '../../../../adapters/duckdb/analytics.ts';
import type { AssembleOptions } from '../../../../core/data/analytics.ts';
import type { ByHash } from '../../../../core/training/splits/splitting.ts';
import { folderPerTest } from '../../../support/folders.ts';
import { columns, factsSql, queryParquet, rowsSql, writeParquet } from '../fixtures.ts';
import assert from 'node:assert/strict';
import { join } from 'node:path';

const asOf = '2026-01-10T00:00:00.000Z';
const byEntity: ByHash = { kind: 'group', unit: 'card', of: 'entity', holdoutFrom: 0.85, notBefore: null };
const byKey: ByHash = { kind: 'stratified', unit: 'id', of: 'key', holdoutFrom: 0.85, notBefore: null };

describe('a training set that is not split by time', () => {
  const folder = folderPerTest();
  let analytics: DuckAnalytics;
  before(async () => void (analytics = await createAnalytics()));
  after(() => analytics.close());

  const read = (sql: string) => queryParquet(join(folder(), 'set.parquet'), sql);
  async function assemble(
    by: ByHash,
    {
      rows = 2_000,
      every = 11,
      sql = rowsSql(rows),
      ...more
    }: Partial<AssembleOptions & { rows: number; every: number; sql: string }> = {},
  ) {
    const rowFile = await writeParquet(join(folder(), 'rows.parquet'), sql);
    const facts = Array.from({ length: Math.ceil(rows / every) }, (_, i) => ({
      key: `k${i * every}`,
      value: more.kind === 'number' ? i ** 2 : 1,
      observedAt: '2026-01-02',
    }));
    const labelFile = await writeParquet(join(folder(), 'labels.parquet'), factsSql(facts));
    const options: AssembleOptions = {
      asOf,
      maturesAfter: '1 day',
      kind: 'binary',
      whenAbsent: 0,
      columns,
      shares: { train: 0.6, selection: 0.15, calibration: 0.1, holdout: 0.15 },
      holdoutNotBefore: null,
      seed: 7,
      by,
      ...more,
    };
    return analytics.assemble([rowFile], [labelFile], options, join(folder(), 'set.parquet'));
  }
  const heldOut = async (): Promise<unknown[]> =>
    (await read(`select _key from $files where _split = 'holdout' order by _key`)).map((row) => row['_key']);

  it('has no group in two splits: those of the entity, or of a column', async () => {
    await assemble(byEntity);
    assert.deepEqual(await read('select _entity from $files group by _entity having count(distinct _split) > 1'), []);
    assert.equal((await read('select count(distinct _entity)::int as cards from $files'))[0]!['cards'], 50);
    await assemble({ ...byEntity, of: 'column', unit: 'amount' }, { rows: 5_000 });
    const parted =
      'select amount from $files where amount is not null group by amount having count(distinct _split) > 1';
    assert.deepEqual(await read(parted), []);
    // Rows without a group are not one large group.
    const alone = await read('select _split from $files where amount is null group by _split');
    assert.equal(alone.length, 4);
    // What is judged together is the group.
    const [own] = await read(
      'select count(*)::int as n from $files where amount is not null and _entity::double <> amount',
    );
    assert.equal(own!['n'], 0);
  });

  for (const by of [byEntity, byKey])
    it(`holds out the same rows when others come and labels change, by ${by.kind}`, async () => {
      await assemble(by);
      const before = await heldOut();
      assert.ok(before.length > 100, `${before.length}`);
      await assemble(by, { rows: 3_000, every: 7, seed: 8 });
      const after = new Set(await heldOut());
      assert.deepEqual(
        before.filter((key) => !after.has(key)),
        [],
      );
      assert.equal([...after].filter((key) => Number(String(key).slice(1)) < 2_000).length, before.length);
    });

  it('holds out the same groups when their column becomes a category', async () => {
    const by: ByHash = { ...byEntity, of: 'column', unit: 'site' };
    const held: unknown[][] = [];
    for (const [kind, type] of [
      ['number', 'double'],
      ['category', 'varchar'],
      ['category', 'decimal(9, 2)::varchar'],
    ] as const) {
      const rows = `select *, (n * 7919 % 60 - 5)::${type} as site from (select substr(_key, 2)::int as n, * from (${rowsSql(2_000)}))`;
      await assemble(by, { columns: { site: { kind, nulls: 1 } }, sql: rows });
      held.push(await heldOut());
    }
    assert.ok(held[0]!.length > 100);
    assert.deepEqual(held.slice(1), [held[0], held[0]]);
  });

  it('holds out the same groups when their large whole numbers become a category', async () => {
    const by: ByHash = { ...byEntity, of: 'column', unit: 'site' };
    const held: unknown[][] = [];
    for (const [kind, type] of [
      ['number', 'double'],
      ['category', 'varchar'],
    ] as const) {
      const rows = `select *, ((n * 7919 % 60)::bigint * 1000000000000000)::${type} as site from (select substr(_key, 2)::int as n, * from (${rowsSql(2_000)}))`;
      await assemble(by, { columns: { site: { kind, nulls: 1 } }, sql: rows });
      held.push(await heldOut());
    }
    assert.ok(held[0]!.length > 100);
    assert.deepEqual(held[1], held[0]);
  });

  it('has the same share of positives in each split to learn from, by label', async () => {
    const { rows, positives } = await assemble(byKey);
    const learnt = ({ train, selection, calibration }: typeof rows) => train + selection + calibration;
    const share = learnt(positives) / learnt(rows);
    for (const split of ['train', 'selection', 'calibration'] as const)
      assert.ok(
        Math.abs(positives[split] - share * rows[split]) <= 1,
        `${split}: ${positives[split]} of ${rows[split]}`,
      );
    assert.ok(Math.abs(rows.train / 2_000 - 0.6) < 0.03 && Math.abs(rows.holdout / 2_000 - 0.15) < 0.03);
  });

  it('has labels of all sizes in each split, where they are numbers', async () => {
    await assemble(byKey, { kind: 'number', whenAbsent: null, every: 4 });
    const means = await read(
      `select _split, avg(sqrt(_label))::double as mean from $files where _split <> 'holdout' group by _split`,
    );
    const values = means.map((row) => Number(row['mean']));
    assert.ok(Math.max(...values) / Math.min(...values) < 1.06, values.join(', '));
  });

  it('holds out no row that a champion which was split by time has seen', async () => {
    const notBefore = '2026-01-02T00:00:00.000Z';
    const all = (await assemble(byEntity)).rows;
    const set = await assemble({ ...byEntity, notBefore });
    assert.equal(set.splits.holdout, notBefore);
    const [early] = await read(
      `select count(*)::int as n from $files where _split = 'holdout' and _time < '${notBefore}'`,
    );
    assert.equal(early!['n'], 0);
    assert.deepEqual({ ...set.rows, holdout: 0 }, { ...all, holdout: 0 });
    assert.ok(set.rows.holdout > 0 && set.rows.holdout < all.holdout);
    assert.equal(set.seen, all.holdout - set.rows.holdout);
  });

  it('says of each split that it lies in all of the time', async () => {
    const { splits, embargoed } = await assemble(byEntity);
    const { from, to } = splits;
    assert.deepEqual([from, to], ['2026-01-01T00:00:00.000Z', '2026-01-09T00:00:00.000Z']);
    assert.deepEqual(splits, {
      from,
      selection: from,
      calibration: from,
      holdout: from,
      to,
      ends: { train: to, selection: to, calibration: to },
      by: byEntity,
    });
    assert.equal(embargoed, undefined);
  });

  it('is refused without a class to learn, and the error names the whole time', () =>
    assert.rejects(assemble(byKey, { kind: 'class', classes: ['a', 'b', 'c'] }), {
      code: 'LABEL_CLASS_MISSING',
      message: /^Between 2026-01-01T\S+ and 2026-01-09T\S+ no row of the train split has the label c /,
    }));

  it('is refused with too few groups, and the error says what to do', () =>
    assert.rejects(
      assemble({ ...byEntity, of: 'column', unit: 'online' }, { columns: { online: columns['online']! } }),
      {
        code: 'TOO_FEW_ROWS',
        message: /leave no row for .*splits\.by: 'time', or wait for more rows of other groups/,
      },
    ));
});
