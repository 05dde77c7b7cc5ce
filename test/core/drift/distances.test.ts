import { chiSquaredOf } from '../../../core/drift/distances/chi-squared.ts';
import { type Pair } from '../../../core/drift/distances/distance.ts';
import { hellingerOf, hellingerSamplingError } from '../../../core/drift/distances/hellinger.ts';
import { measureDistances, type Distances } from '../../../core/drift/distances/index.ts';
import { jensenShannonOf, jensenShannonSamplingError } from '../../../core/drift/distances/jensen-shannon.ts';
import { ksOf, ksP, ksSamplingError } from '../../../core/drift/distances/ks.ts';
import { psiOf, psiSamplingError } from '../../../core/drift/distances/psi.ts';
import { unseenShare } from '../../../core/drift/distances/new-levels.ts';
import { wassersteinOf, wassersteinSamplingError } from '../../../core/drift/distances/wasserstein.ts';
import { groupCounts } from '../../../core/drift/group.ts';
import { type ColumnBins } from '../../../core/data/profiles/binning.ts';
import { type ColumnProfile } from '../../../core/data/profiles/profile.ts';
import { createRandom } from '../../../core/base/random.ts';
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
  const many = { reference: 1e6, current: 1e6 };

  it('is the sum of both relative entropies', () => {
    // p, q as below: stats.entropy(p, q) + stats.entropy(q, p)
    near(psiOf(pairs([0.1, 0.2, 0.3, 0.4], [0.25, 0.15, 0.35, 0.25]), many), 0.23003579178193556);
  });

  it('is zero for what has not moved, symmetric, and finite for bins that emptied', () => {
    fc.assert(
      fc.property(someShares, fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 1e6 }), (bins, m, n) => {
        const [rows, turned] = [
          { reference: m, current: n },
          { reference: n, current: m },
        ];
        assert.equal(
          psiOf(
            bins.map(({ reference }) => ({ reference, current: reference })),
            rows,
          ),
          0,
        );
        assert.ok(psiOf(bins, rows) >= 0 && Number.isFinite(psiOf(bins, rows)));
        assert.ok(Math.abs(psiOf(bins, rows) - psiOf(swapped(bins), turned)) < 1e-12);
      }),
    );
  });

  it('takes no empty bin for emptier than its rows tell', () => {
    const emptied = [{ reference: 0.1, current: 0 }];
    near(psiOf(emptied, many), (0.1 - 1e-4) * Math.log(1000));
    near(psiOf(emptied, { reference: 5_000, current: 20 }), (0.1 - 0.025) * Math.log(4));
    assert.equal(psiOf([{ reference: 0.01, current: 0 }], { reference: 5_000, current: 20 }), 0, 'a fifth of a row');
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

/** Rows by value, each with a bin of its own. */
const atoms = (rows: Record<number, number>) =>
  Object.entries(rows)
    .map(([at, n]) => ({ at: Number(at), rows: n }))
    .sort((a, b) => a.at - b.at);
const before = { 0: 120, 1: 300, 5: 80, 9: 50 };
const after = { 0.5: 90, 1: 260, 4: 150, 20: 3 };

/** The distances of a column of numbers whose bins end between these values. */
function distancesOf(reference: Record<number, number>, current: Record<number, number>, nulls = [0, 0]): Distances {
  const edges = [...new Set([...Object.keys(reference), ...Object.keys(current)].map(Number))].sort((a, b) => a - b);
  const profileOf = (rows: Record<number, number>, of: number): ColumnProfile => {
    const profile = { counts: [0], sums: [0], squares: [0], nulls: of };
    for (const edge of edges) {
      const n = rows[edge] ?? 0;
      profile.counts.push(n);
      profile.sums.push(n * edge);
      profile.squares.push(n * edge * edge);
    }
    return profile;
  };
  return distancesBetween({ kind: 'number', edges }, profileOf(reference, nulls[0]!), profileOf(current, nulls[1]!));
}

function distancesBetween(bins: ColumnBins, reference: ColumnProfile, current: ColumnProfile): Distances {
  const rowsOf = ({ counts, nulls }: ColumnProfile): number => counts.reduce((sum, n) => sum + n, nulls);
  return measureDistances(bins.kind, {
    rows: { reference: rowsOf(reference), current: rowsOf(current) },
    groups: groupCounts(bins, reference, current),
    bins: reference.counts.map((n, bin) => ({ reference: n, current: current.counts[bin]! })),
    profiles: { reference, current },
  });
}

describe('the Wasserstein distance', () => {
  it("equals scipy's", () => {
    // stats.wasserstein_distance([0, 1, 5, 9], [0.5, 1, 4, 20], [120, 300, 80, 50], [90, 260, 150, 3])
    near(wassersteinOf(atoms(before), atoms(after)), 0.9679378275799746);
    assert.equal(wassersteinOf(atoms({ 0: 7 }), atoms({ 3: 2 })), 3);
  });

  it('is told in standard deviations of the reference', () => {
    near(distancesOf(before, after).wasserstein!.value!, 0.9679378275799746 / 2.678349065937497, 1e-9);
    const inCents = (rows: Record<number, number>) =>
      Object.fromEntries(Object.entries(rows).map(([at, n]) => [100 * Number(at), n]));
    const { wasserstein } = distancesOf(inCents(before), inCents(after));
    near(wasserstein!.value!, distancesOf(before, after).wasserstein!.value!, 1e-9);
  });

  it('exceeds its sampling error by chance in no more than one case in twenty', () => {
    const sample = (rows: number, seed: number): Record<number, number> => {
      const random = createRandom(seed);
      const counts: Record<number, number> = {};
      for (let i = 0; i < rows; i++) {
        const at = Math.round(10 * random.normal());
        counts[at] = (counts[at] ?? 0) + 1;
      }
      return counts;
    };
    const sorted = (rows: Record<number, number>) => atoms(rows).sort((a, b) => a.at - b.at);
    let beyond = 0;
    for (let seed = 0; seed < 200; seed++) {
      const [reference, current] = [sorted(sample(2000, seed)), sorted(sample(500, 1000 + seed))];
      if (wassersteinOf(reference, current) > wassersteinSamplingError(reference, 500)) beyond++;
    }
    assert.ok(beyond > 0 && beyond <= 10, `${beyond} of 200`);
  });
});

describe('the Hellinger distance', () => {
  it("equals numpy's", () => {
    // np.linalg.norm(np.sqrt([.1, .2, .3, .4]) - np.sqrt([.25, .15, .6, 0])) / np.sqrt(2)
    near(hellingerOf(pairs([0.1, 0.2, 0.3, 0.4], [0.25, 0.15, 0.6, 0])), 0.4943854442869094);
    assert.equal(hellingerOf(pairs([1, 0], [0, 1])), 1);
  });

  it('has a sampling error that agrees with that of the other distances of the same shares', () => {
    const rows = { reference: 5000, current: 1000 };
    const psi = psiSamplingError(10, rows.reference, rows.current);
    near(8 * hellingerSamplingError(10, rows) ** 2, psi);
    near(8 * Math.LN2 * jensenShannonSamplingError(10, rows) ** 2, psi);
  });
});

describe('the shift of the mean', () => {
  it("is in the reference's standard deviations, with the p-value of Welch's test for many rows", () => {
    // a, b = np.repeat(values, rows) of both sides: abs(b.mean() - a.mean()) / a.std()
    const { meanShift } = distancesOf(before, after);
    near(meanShift!.value!, 0.06437548693541079, 1e-9);
    // 2 * stats.norm.sf(abs(b.mean() - a.mean()) / np.sqrt(a.var() / len(a) + b.var() / len(b)))
    near(meanShift!.p!, 0.23490839825009113, 1e-9);
  });

  it('of a constant is measured in the deviation of all rows, and of what no number holds not at all', () => {
    assert.equal(distancesOf({ 7: 100 }, { 7: 100 }).meanShift!.value, 0);
    near(distancesOf({ 0: 100 }, { 3: 100 }).meanShift!.value!, 2);
    assert.deepEqual(distancesOf({ 1e200: 10, 2: 10 }, { 2: 10 }).meanShift, {
      value: null,
      samplingError: null,
      p: null,
    });
    const allNull = distancesOf({ 1: 100, 2: 50 }, {}, [0, 150]);
    for (const { value } of Object.values(allNull)) assert.ok(value === null || Number.isFinite(value));
    assert.deepEqual([allNull.meanShift!.value, allNull.nullShare!.value], [null, 1]);
  });
});

describe('the share of nulls', () => {
  it("has the p-value of scipy's chi-squared test of the two-by-two table", () => {
    const { nullShare } = distancesOf({ 1: 530 }, { 1: 460 }, [20, 43]);
    near(nullShare!.value!, 43 / 503 - 20 / 550);
    // stats.chi2_contingency([[530, 20], [460, 43]], correction=False)
    near(nullShare!.p!, 0.0007872905095960515, 1e-9);
    assert.deepEqual(distancesOf({ 1: 530 }, { 1: 460 }).nullShare, { value: 0, samplingError: 0, p: 1 });
  });
});

describe('new levels', () => {
  const levels = ['a', 'b', 'c', 'd'];
  const profile = (counts: number[]): ColumnProfile => ({ counts, sums: [], squares: [], nulls: 0 });
  const bins = { kind: 'category', levels } as const;

  it('are those that the reference does not have, known to the bins or not', () => {
    const reference = profile([600, 390, 10, 0, 0]);
    const { newLevels, ks } = distancesBetween(
      { ...bins, levels: [...levels] },
      reference,
      profile([50, 30, 0, 15, 5]),
    );
    assert.equal(newLevels!.value, 0.2);
    assert.equal(ks, undefined, 'levels have no order');
    assert.equal(distancesOf(before, after).newLevels, undefined, 'numbers have no levels');
  });

  it('are also what levels without a bin have more than before, and are not known where many rows have such levels', () => {
    const between = (before: number[], after: number[]) =>
      distancesBetween({ ...bins, levels: [...levels] }, profile(before), profile(after)).newLevels!;
    near(between([600, 360, 10, 10, 20], [50, 30, 0, 0, 20]).value!, 0.2 - 0.02);
    assert.deepEqual(between([600, 200, 80, 0, 120], [0, 0, 0, 0, 1000]), {
      value: null,
      samplingError: null,
      p: null,
    });
  });

  it('are expected where the reference has many levels only once', () => {
    const rows = { reference: 1000, current: 1000 };
    const [few, many] = [unseenShare([{ reference: 1000, current: 0 }], rows), unseenShare(Array.from({ length: 100 }, () => ({ reference: 1, current: 0 })), rows)]; // prettier-ignore
    assert.ok(few > 0.003 && few < 0.01, String(few));
    assert.ok(many > 0.1 && many < 0.15, String(many));
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
