import { createRandom, type Random } from '../../../core/base/random.ts';
import {
  differenceOfMeans,
  ratioOfMeans,
  standardErrors,
  varianceOf,
  type Moments,
} from '../../../core/sequential/means.ts';
import { golden, near } from './golden.ts';
import assert from 'node:assert/strict';

const look = { alpha: 0.05, tightestAt: 200 };

describe('the variance of sums', () => {
  it('is zero for equal numbers, however their sums round', () => {
    for (const count of [3, 1000, 100_000])
      for (const value of [0.1, 0.3, 1e6 / 7]) {
        let [sum, squares] = [0, 0];
        for (let i = 0; i < count; i++) [sum, squares] = [sum + value, squares + value * value];
        assert.equal(varianceOf({ count, sum, squares }), 0, `${count} times ${value}`);
      }
  });

  it('is exact for numbers that lie close together, far from 0', () => {
    assert.ok(Math.abs(varianceOf({ count: 2, sum: 2_000_001, squares: 1e12 + 1_000_001 ** 2 }) - 0.5) < 1e-3);
  });
});

describe('an interval for a difference of means that holds at every look', () => {
  it('reaches as far as the mixture of t statistics, integrated by scipy', () => {
    for (const { counts, reach, ...at } of golden.standardErrors) near(standardErrors(...counts, at), reach);
  });

  it('reaches as far as the normal mixture of confseq, once there are many numbers', () => {
    for (const { v, alpha, bound } of golden.normalMixture) {
      const many = 1e5; // of each unit of v: only the ratio to where it is tightest counts then
      const reach = standardErrors(2 * v * many, 2 * v * many, { alpha, tightestAt: 500 * many });
      near(reach * Math.sqrt(v), bound, 1e-5);
    }
  });

  it('bounds a ratio where the difference cannot be told from 0, as found by scipy', () => {
    const { one, other, look, interval } = golden.ratio;
    const found = ratioOfMeans(one, other, look)!;
    near(found.low, interval[0]);
    near(found.high, interval[1]);
  });

  const kinds: Record<string, (random: Random) => number> = {
    normal: (random) => random.normal(3, 2),
    'mostly 0, rarely 1': (random) => (random.uniform() < 0.03 ? 1 : 0),
    exponential: (random) => -Math.log(1 - random.uniform()),
    'scores of a rare class': (random) => (random.uniform() < 0.02 ? 0.9 : 0.02) + 0.01 * random.normal(),
  };
  for (const [name, draw] of Object.entries(kinds))
    for (const share of [0.1, 0.5])
      it(`misses no difference in at most one of twenty runs: ${name} numbers, ${share * 100} % of them ours`, () => {
        const missed = runs(200).filter((random) => misses(random, { draw, share, numbers: 1000 }));
        assert.ok(missed.length <= 10, `${missed.length} of 200`);
      });

  it('misses the true ratio in at most one of twenty runs', () => {
    const loss = kinds.exponential!;
    const missed = runs(200).filter((random) => {
      const [one, other] = [empty(), empty()];
      for (let i = 0; i < 600; i++) {
        add(one, 1.3 * loss(random));
        add(other, loss(random));
        const found = ratioOfMeans(one, other, look);
        if (found !== null && (found.low > 1.3 || found.high < 1.3)) return true;
      }
      return false;
    });
    assert.ok(missed.length <= 10, `${missed.length} of 200`);
  });

  it('finds half a deviation within 200 numbers a side', () => {
    const found = runs(100).filter((random) => {
      const [one, other] = [empty(), empty()];
      for (let i = 0; i < 200; i++) {
        add(one, random.normal(0.5));
        add(other, random.normal());
      }
      return differenceOfMeans(one, other, look)!.low > 0;
    });
    assert.ok(found.length > 90, `${found.length} of 100`);
  });

  it('says nothing with too few numbers, or with numbers that are all alike', () => {
    const [one, other] = [empty(), empty()];
    assert.equal(differenceOfMeans(one, other, look), null);
    add(one, 5);
    add(other, 1);
    assert.equal(differenceOfMeans(one, other, look), null);
    for (let i = 0; i < 500; i++) {
      add(one, 5);
      add(other, 1);
    }
    const alike = { count: 100, sum: 100, squares: 100 };
    assert.equal(differenceOfMeans(alike, alike, look), null);
  });

  it('gives no ratio for a mean that may be 0', () => {
    assert.equal(ratioOfMeans({ count: 50, sum: 5, squares: 60 }, { count: 50, sum: 1, squares: 60 }, look), null);
  });
});

const runs = (count: number): Random[] => Array.from({ length: count }, (_, seed) => createRandom(seed));
const empty = (): Moments => ({ count: 0, sum: 0, squares: 0 });

function add(to: Moments, value: number): void {
  to.count++;
  to.sum += value;
  to.squares += value * value;
}

/** Whether a difference of 0 is ever outside, looked at after every number. */
function misses(
  random: Random,
  { draw, share, numbers }: { draw: (random: Random) => number; share: number; numbers: number },
): boolean {
  const [one, other] = [empty(), empty()];
  for (let i = 0; i < numbers; i++) {
    add(random.uniform() < share ? one : other, draw(random));
    const found = differenceOfMeans(one, other, look);
    if (found !== null && (found.low > 0 || found.high < 0)) return true;
  }
  return false;
}
