import { type ColumnChunk } from '../../../../core/data/chunks.ts';
import { aucOf } from '../../../../core/drift/joint/auc.ts';
import {
  compareJointly,
  daysBefore,
  differs,
  exceedsStableDays,
  type JointDrift,
} from '../../../../core/drift/joint/joint.ts';
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
const pairOf = (by: number): JointDrift['pair'] => ({ columns: ['x', 'y'], reference: 0.1, current: 0.1 - by });
const day = (auc: number, before?: JointDrift, wasStable = true): JointDrift => ({ asOf: '', auc, low: auc, high: auc, rows: { reference: 300, current: 300 }, pair: null, ...daysBefore(before, wasStable) }); // prettier-ignore
const withPair = (by: number, before: JointDrift): JointDrift => ({ ...day(0.5, before), pair: pairOf(by) });
function runOf(days: number, next: (last?: JointDrift) => JointDrift, before?: JointDrift): JointDrift {
  let last = before;
  for (let i = 0; i < days; i++) last = next(last);
  return last!;
}
const isTold = (joint: JointDrift): boolean =>
  (differs(joint) && exceedsStableDays.rows(joint) === true) ||
  (joint.pair !== null && exceedsStableDays.pair(joint) === true);
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
    const second = day(0.6, day(0.55));
    const third = day(0.9, { ...second, pair: pairOf(0.3) });
    assert.deepEqual(third.stable!.map(({ auc, pair }) => [auc, Number(pair.toFixed(2))]), [[0.55, 0], [0.6, 0.3]]); // prettier-ignore
    assert.deepEqual(day(0.7, third, false).stable, third.stable);
    let last = day(0.5);
    for (let i = 1; i < 40; i++) last = day(0.5 + i / 1000, last);
    assert.deepEqual([last.stable!.length, last.stable![0]!.auc], [28, 0.511]);
  });

  it('differ from the days before for as long as a change lasts, however long that is', () => {
    const calm = runOf(12, (last) => day(0.55, last));
    for (const changed of [(last: JointDrift) => day(0.8, last), (last: JointDrift) => withPair(0.4, last)]) {
      let last = calm;
      for (let i = 0; i < 60; i++) {
        last = changed(last);
        assert.ok(isTold(last), `day ${i}: ${JSON.stringify(last.stable)}`);
      }
      assert.ok(!isTold(day(0.55, last)));
      assert.ok(isTold(changed(day(0.55, last))), 'and again, after it was mended');
      assert.deepEqual(day(0.8, last, false).unusual, last.unusual, 'a day of drift is neither');
    }
  });

  it('differ as usual once days as odd have passed within a week', () => {
    const once = runOf(
      3,
      (last) => day(0.7, last),
      runOf(12, (last) => day(0.55, last)),
    );
    assert.ok(isTold(once));
    const calm = runOf(2, (last) => day(0.55, last), once);
    assert.deepEqual([calm.unusual, calm.stable!.length, isTold(day(0.7, calm))], [undefined, 16, false]);
    // Of days that all differ by chance, the odd ones are not told ever more often.
    const random = createRandom(5);
    let [last, told] = [day(0.55), 0];
    for (let i = 0; i < 1_000; i++) {
      last = withPair(Math.max(0, 0.15 + 0.05 * random.normal()), last);
      told += isTold(last) ? 1 : 0;
    }
    assert.ok(told < 50, `${told} of 1,000`);
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
