import { chiSquaredOf } from '../../../core/drift/distances/chi-squared.ts';
import { type Pair } from '../../../core/drift/distances/distance.ts';
import { jensenShannonOf } from '../../../core/drift/distances/jensen-shannon.ts';
import { ksOf, ksP, ksSamplingError } from '../../../core/drift/distances/ks.ts';
import { psiOf, psiSamplingError } from '../../../core/drift/distances/psi.ts';
import { chiSquaredQuantile, chiSquaredTail } from '../../../core/drift/gamma.ts';
import fc from 'fast-check';
import assert from 'node:assert/strict';

/** Golden values are scipy 1.17.1's. */
const near = (actual: number, expected: number, relative = 1e-12): void =>
  assert.ok(Math.abs(actual - expected) <= relative * Math.abs(expected), `${actual} is not ${expected}`);
const pairs = (reference: number[], current: number[]): Pair[] =>
  reference.map((share, i) => ({ reference: share, current: current[i]! }));
const swapped = (bins: Pair[]): Pair[] =>
  bins.map(({ reference, current }) => ({ reference: current, current: reference }));

/** Shares of some bins in two sets of rows, empty bins included. */
const someShares = fc
  .array(fc.record({ reference: fc.nat(1000), current: fc.nat(1000) }), { minLength: 2, maxLength: 64 })
  .filter((bins) => bins.some((bin) => bin.reference > 0) && bins.some((bin) => bin.current > 0))
  .map((bins) => {
    const [references, currents] = [bins, swapped(bins)].map((all) => all.reduce((sum, bin) => sum + bin.reference, 0));
    return bins.map(({ reference, current }) => ({ reference: reference / references!, current: current / currents! }));
  });

describe('the population stability index', () => {
  it('is the sum of both relative entropies', () => {
    // p, q as below: stats.entropy(p, q) + stats.entropy(q, p)
    near(psiOf(pairs([0.1, 0.2, 0.3, 0.4], [0.25, 0.15, 0.35, 0.25])), 0.23003579178193556);
  });

  it('is zero for what has not moved, symmetric, and finite for bins that emptied', () => {
    fc.assert(
      fc.property(someShares, (bins) => {
        assert.equal(psiOf(bins.map(({ reference }) => ({ reference, current: reference }))), 0);
        assert.ok(psiOf(bins) >= 0 && Number.isFinite(psiOf(bins)));
        assert.ok(Math.abs(psiOf(bins) - psiOf(swapped(bins))) < 1e-12);
      }),
    );
  });
});

describe('the Jensen-Shannon distance', () => {
  it("equals scipy's in base 2, with an empty bin too", () => {
    // scipy.spatial.distance.jensenshannon([.1, .2, .3, .4], [.25, .15, .6, 0], base=2)
    near(jensenShannonOf(pairs([0.1, 0.2, 0.3, 0.4], [0.25, 0.15, 0.6, 0])), 0.5131333660660992);
  });

  it('ranges from nothing moved to nothing in common, and is symmetric', () => {
    assert.equal(jensenShannonOf(pairs([1, 0], [0, 1])), 1);
    fc.assert(
      fc.property(someShares, (bins) => {
        assert.equal(jensenShannonOf(bins.map(({ reference }) => ({ reference, current: reference }))), 0);
        assert.ok(jensenShannonOf(bins) <= 1 + 1e-12);
        assert.ok(Math.abs(jensenShannonOf(bins) - jensenShannonOf(swapped(bins))) < 1e-9);
      }),
    );
  });
});

describe('the Kolmogorov-Smirnov distance', () => {
  const [reference, current] = [
    [120, 300, 80, 50],
    [90, 260, 150, 3],
  ];

  it("equals scipy's for values that are their bins", () => {
    // stats.ks_2samp(np.repeat([0, 1, 2, 3], [120, 300, 80, 50]), np.repeat([0, 1, 2, 3], [90, 260, 150, 3])).statistic
    near(
      ksOf(
        pairs(
          reference.map((n) => n / 550),
          current.map((n) => n / 503),
        ),
      ),
      0.08494487619736135,
    );
  });

  it('has the tail probability of its asymptotic distribution', () => {
    // special.kolmogorov(np.sqrt(550 * 503 / 1053) * 0.08494487619736135)
    near(ksP(0.08494487619736135, 550, 503), 0.04512467718816776);
    // special.kolmogorov([0.2, 0.5, 0.9, 1.0, 1.3581, 2.5]), reached here with n = m = 2, where sqrt(nm / (n + m)) is 1
    const golden = [
      0.999999999999495, 0.9639452436648751, 0.3927307079406543, 0.26999967167735456, 0.0499996304316674,
      7.453306344157342e-6,
    ];
    [0.2, 0.5, 0.9, 1.0, 1.3581, 2.5].forEach((x, i) => near(ksP(x, 2, 2), golden[i]!, 1e-11));
    assert.equal(ksP(0, 10, 10), 1);
  });

  it('stays within 0 and 1 and is symmetric', () => {
    fc.assert(
      fc.property(someShares, (bins) => {
        assert.ok(ksOf(bins) >= 0 && ksOf(bins) <= 1);
        assert.ok(Math.abs(ksOf(bins) - ksOf(swapped(bins))) < 1e-12);
      }),
    );
  });
});

describe('the chi-squared test', () => {
  it("equals scipy's", () => {
    // stats.chi2_contingency([[120, 90], [300, 260], [80, 150], [0, 3]], correction=False)
    const { statistic, degrees, p } = chiSquaredOf(pairs([120, 300, 80, 0], [90, 260, 150, 3]));
    near(statistic, 31.438513144734085);
    assert.equal(degrees, 3);
    near(p, 6.872154059519053e-7, 1e-10);
  });

  it('ignores empty groups, and finds nothing where there is nothing to compare', () => {
    assert.deepEqual(chiSquaredOf(pairs([5, 0, 9], [7, 0, 3])), chiSquaredOf(pairs([5, 9], [7, 3])));
    assert.equal(chiSquaredOf(pairs([5, 0], [7, 0])).p, 1);
    assert.equal(chiSquaredOf(pairs([5, 3], [0, 0])).p, 1);
  });

  it('uses the chi-squared distribution', () => {
    // stats.chi2.sf(x, df)
    const tails: [number, number, number][] = [
      [3.841, 1, 0.050013683763956804],
      [0.5, 4, 0.9735009788392561],
      [16.9, 9, 0.0503051901243108],
      [60, 9, 1.3406780483959625e-9],
      [200, 3, 4.218541107192018e-43],
      [9, 20, 0.9829072671006214],
    ];
    for (const [x, degrees, tail] of tails) near(chiSquaredTail(x, degrees), tail, 1e-10);
    assert.equal(chiSquaredTail(1e6, 12), 0);
    assert.equal(chiSquaredTail(0, 3), 1);
    // stats.chi2.ppf(.95, df)
    const quantiles = { 1: 3.841458820694124, 2: 5.991464547107979, 9: 16.918977604620448, 50: 67.5048065495412 };
    for (const [degrees, quantile] of Object.entries(quantiles))
      near(chiSquaredQuantile(0.95, Number(degrees)), quantile, 1e-9);
  });
});

describe('the sampling error', () => {
  it('shrinks with the rows and grows with the groups', () => {
    near(psiSamplingError(10, 1000, 1000), 16.918977604620448 * 0.002, 1e-9);
    // stats.kstwobign.ppf(.95) is 1.358098643926; the first term of its series is that to five digits
    near(ksSamplingError(1000, 1000), 1.358098643926 * Math.sqrt(0.002), 1e-5);
    assert.ok(psiSamplingError(10, 1000, 4000) < psiSamplingError(10, 1000, 1000));
    assert.ok(psiSamplingError(5, 1000, 1000) < psiSamplingError(10, 1000, 1000));
    assert.equal(psiSamplingError(1, 1000, 1000), 0);
  });
});
