import { createRandom, type Random } from '../../../core/base/random.ts';
import { ratioOfMeans, type Moments } from '../../../core/sequential/means.ts';
import { meanOfDifferences, ratioOfPairs, type PairedMoments } from '../../../core/sequential/pairs.ts';
import { golden, near } from './golden.ts';
import assert from 'node:assert/strict';

const look = { alpha: 0.05, tightestAt: 200 };

describe('an interval for pairs that holds at every look', () => {
  it('equals the one of the differences pair by pair, with the mixture integrated by scipy', () => {
    for (const { pairs, differences, look, ratio, difference } of golden.pairs) {
      const [mean, factor] = [meanOfDifferences(differences, look)!, ratioOfPairs(pairs, look)!];
      near(mean.low, difference[0], 1e-7);
      near(mean.high, difference[1], 1e-7);
      near(factor.low, ratio[0], 1e-7);
      near(factor.high, ratio[1], 1e-7);
    }
  });

  it('misses the true ratio in at most one of twenty runs, looked at after every pair', () => {
    const missed = runs(200).filter((random) => {
      const pairs = empty();
      for (let i = 0; i < 600; i++) {
        const unit = -Math.log(1 - random.uniform());
        add(pairs, 1.1 * unit * Math.exp(random.normal(0, 0.1)), unit * Math.exp(random.normal(0, 0.1)));
        const found = ratioOfPairs(pairs, look);
        if (found !== null && (found.low > 1.1 || found.high < 1.1)) return true;
      }
      return false;
    });
    assert.ok(missed.length <= 10, `${missed.length} of 200`);
  });

  it('finds within 200 pairs what hides in the differences between units', () => {
    const found = runs(50).filter((random) => {
      const [pairs, one, other] = [empty(), moments(), moments()];
      for (let i = 0; i < 200; i++) {
        const unit = -Math.log(1 - random.uniform());
        const [mine, theirs] = [1.1 * unit + random.normal(0, 0.05), unit + random.normal(0, 0.05)];
        add(pairs, mine, theirs);
        count(one, mine);
        count(other, theirs);
      }
      const apart = ratioOfMeans(one, other, look);
      return ratioOfPairs(pairs, look)!.low > 1 && (apart === null || apart.low < 1);
    });
    assert.ok(found.length > 45, `${found.length} of 50`);
  });

  it('proves nothing while the rare numbers that decide have not come', () => {
    const pairs = empty();
    for (let i = 0; i < 500; i++) add(pairs, 0.011 + 1e-4 * (i % 3), 0.01 + 1e-4 * (i % 2));
    assert.ok(ratioOfPairs(pairs, look)!.low > 1, 'as they are, they look certain');
    assert.equal(ratioOfPairs(pairs, { ...look, telling: 1 }), null);
  });

  it('says nothing with too few pairs, or with differences that are all alike', () => {
    assert.equal(ratioOfPairs(empty(), look), null);
    assert.equal(meanOfDifferences({ count: 1, sum: 1, squares: 1 }, look), null);
    assert.equal(meanOfDifferences({ count: 100, sum: 100, squares: 100 }, look), null);
  });
});

const runs = (count: number): Random[] => Array.from({ length: count }, (_, seed) => createRandom(seed));
const moments = (): Moments => ({ count: 0, sum: 0, squares: 0 });
const empty = (): PairedMoments => ({ count: 0, one: moments(), other: moments(), products: 0 });

function count(to: Moments, value: number): void {
  to.count++;
  to.sum += value;
  to.squares += value * value;
}

function add(pairs: PairedMoments, one: number, other: number): void {
  pairs.count++;
  count(pairs.one as Moments, one);
  count(pairs.other as Moments, other);
  pairs.products += one * other;
}
