import { type ColumnChunk } from '../../../../core/data/chunks.ts';
import { aucOf } from '../../../../core/drift/joint/auc.ts';
import { compareJointly, differs, stableDays, type JointDrift } from '../../../../core/drift/joint/joint.ts';
import { createRandom, type Random } from '../../../../core/base/random.ts';
import assert from 'node:assert/strict';

/** Rows of four columns, of which x and y, and x and shop, may belong together. */
function rowsOf(seed: number, rows: number, { xy = 0, shop = 0 }: { xy?: number; shop?: number } = {}): ColumnChunk {
  const random: Random = createRandom(seed);
  const columns: ColumnChunk['columns'] = { x: [], y: [], z: [], shop: [] };
  for (let row = 0; row < rows; row++) {
    const x = random.normal();
    columns['x']!.push(x);
    columns['y']!.push(xy * x + Math.sqrt(1 - xy * xy) * random.normal());
    columns['z']!.push(random.uniform() < 0.1 ? null : random.normal());
    columns['shop']!.push(shop * x + Math.sqrt(1 - shop * shop) * random.normal() > 0 ? 'north' : 'south');
  }
  return { rows, columns };
}
const kinds = { x: 'number', y: 'number', z: 'number', shop: 'category' } as const;

describe('the area under the curve', () => {
  it("has DeLong's interval", () => {
    // The variances of both placements by numpy, ties counted by half: v10.var(ddof=1) / 5 + v01.var(ddof=1) / 4
    const { auc, low, high } = aucOf(Float64Array.of(1, 2, 3, 4), Float64Array.of(2, 3, 5, 6, 7));
    assert.equal(auc, (1.5 + 2.5 + 4 + 4 + 4) / 20);
    const error = 1.96 * Math.sqrt(0.024895833333333336);
    assert.ok(Math.abs(auc - low - error) < 1e-12 && high === 1);
  });
});

describe('rows as a whole', () => {
  it('are told apart, with the pair, when each column stayed as it was but two belong together', () => {
    const found = compareJointly(rowsOf(1, 600), rowsOf(2, 600, { xy: 0.8 }), kinds, 1)!;
    assert.ok(
      differs(found) && found.auc > 0.65 && found.low < found.auc && found.auc < found.high,
      JSON.stringify(found),
    );
    assert.deepEqual(found.pair!.columns, ['x', 'y']);
    assert.ok(Math.abs(found.pair!.reference) < 0.1 && Math.abs(found.pair!.current - 0.8) < 0.1);
  });

  it('are told apart by a number and a level that no longer belong together', () => {
    const found = compareJointly(rowsOf(3, 600, { shop: 0.9 }), rowsOf(4, 600), kinds, 1)!;
    assert.ok(differs(found), JSON.stringify(found));
    assert.deepEqual(found.pair!.columns, ['x', 'shop']);
  });

  it('are not told apart where nothing changed', () => {
    for (const seed of [10, 20]) {
      const found = compareJointly(rowsOf(seed, 600, { xy: 0.5 }), rowsOf(seed + 1, 600, { xy: 0.5 }), kinds, 1)!;
      assert.ok(!differs(found) && found.low < 0.5 + 0.02, JSON.stringify(found));
      assert.equal(found.pair, null);
    }
  });

  it('remember what stable days differed by, but not the days of a drift, and no more than four weeks', () => {
    const day = (auc: number, before?: JointDrift, wasStable = true): JointDrift => ({ asOf: '', auc, low: auc, high: auc, rows: { reference: 300, current: 300 }, pair: null, stable: stableDays(before, wasStable) }); // prettier-ignore
    const second = day(0.6, day(0.55));
    const pair = { columns: ['x', 'y'] as [string, string], reference: 0.1, current: -0.2 };
    const third = day(0.9, { ...second, pair });
    assert.deepEqual(third.stable!.map(({ auc, pair }) => [auc, Number(pair.toFixed(2))]), [[0.55, 0], [0.6, 0.3]]); // prettier-ignore
    assert.deepEqual(day(0.7, third, false).stable, third.stable);
    let last = day(0);
    for (let i = 1; i < 40; i++) last = day(i, last);
    assert.deepEqual([last.stable!.length, last.stable![0]!.auc], [28, 11]);
  });

  it('are not compared when there are few, or in columns that one side lacks, all null or constant', () => {
    assert.equal(compareJointly(rowsOf(1, 600), rowsOf(2, 100), kinds, 1), null);
    const [before, after] = [rowsOf(5, 300), rowsOf(6, 300)];
    after.columns['z'] = after.columns['z']!.map(() => null);
    after.columns['shop'] = after.columns['shop']!.map(() => 'north');
    delete before.columns['y'];
    const found = compareJointly(before, after, kinds, 1)!;
    assert.ok(found.auc > 0.9 && found.pair === null, JSON.stringify(found));
  });
});
