import { createRandom } from '../../../core/base/random.ts';
import type { Value } from '../../../core/data/data.ts';
import { redactorOf, shownBy } from '../../../core/declaration/redaction/redaction.ts';
import { quotesShown } from '../../../core/declaration/redaction/said-by-gates.ts';
import { judgeFairness, type Gap } from '../../../core/fairness/fairness.ts';
import { judgeLimits } from '../../../core/fairness/verdict.ts';
import { createGrouper } from '../../../core/training/slices/groups.ts';
import type { SlicedColumn } from '../../../core/training/slices/slicing.ts';
import { aClassCard, aModelVersion } from '../../reports/fixtures.ts';
import { isNear, fair, labels } from '../metrics/labelled.ts';
import assert from 'node:assert/strict';

const question = { kind: 'binary', minRows: 50, threshold: 0.5, stride: 1 } as const;
const grouped = (
  values: Value[],
  options: { cuts?: number[]; sensitive?: boolean; stride?: number } = {},
): SlicedColumn => {
  const grouper = createGrouper({ column: 'region', sensitive: false, rows: values.length, stride: 1, ...options });
  grouper.add({ rows: values.length, columns: { region: values } });
  return grouper.all();
};
const judge = (...input: Parameters<typeof judgeFairness>) => judgeFairness(...input).columns[0]!;
const gapBy = (gaps: Gap[], measure: Gap['measure']): Gap => gaps.find((gap) => gap.measure === measure)!;

/**
 * Rows of as many groups as there are shares, by customers of some rows each; a group's positives and negatives are
 * called positive by its share, and customers differ.
 */
function world(seed: string, shares: readonly number[], { customers = 240, rowsEach = 10, unlike = 0 } = {}) {
  const random = createRandom(seed);
  const [values, labels, scores, blocks]: [Value[], number[], number[], number[]] = [[], [], [], []];
  for (let customer = 0; customer < customers; customer++) {
    const group = customer % shares.length;
    const own = Math.min(1, Math.max(0, shares[group]! + (random.uniform() - 0.5) * unlike));
    for (let row = 0; row < rowsEach; row++) {
      values.push(`g${group}`);
      labels.push(random.uniform() < 0.5 ? 1 : 0);
      scores.push(random.uniform() < own ? 0.9 : 0.1);
      blocks.push(customer);
    }
  }
  const of = (numbers: number[]): Float64Array => Float64Array.from(numbers);
  return { values, rows: { labels: of(labels), scores: of(scores), blocks: of(blocks) } };
}

describe('groups of a label of several classes', () => {
  const classes = ['low', 'mid', 'high'];
  const asked = { kind: 'class', classes, minRows: 50, threshold: null, stride: 1 } as const;
  /** Customers of ten rows; a group's rows are called high by its share, and otherwise low, right or wrong. */
  function called(shares: readonly number[], { rare = 0.3, seed = 'called' } = {}) {
    const random = createRandom(seed);
    const [values, labels, scores, blocks]: [Value[], number[], number[], number[]] = [[], [], [], []];
    for (let row = 0; row < 3000; row++) {
      const group = Math.floor(row / 10) % shares.length;
      values.push(`g${group}`);
      labels.push(random.uniform() < rare ? 1 : random.uniform() < 0.5 ? 0 : 2);
      scores.push(...(random.uniform() < shares[group]! ? [0.1, 0.2, 0.7] : [0.6, 0.3, 0.1]));
      blocks.push(Math.floor(row / 10));
    }
    const of = (numbers: number[]): Float64Array => Float64Array.from(numbers);
    return { values, rows: { labels: of(labels), scores: of(scores), blocks: of(blocks) } };
  }

  it('are compared class by class, and the class with the widest gap is named', () => {
    const { values, rows } = called([0.3, 0.6]);
    const { groups, gaps } = judge(rows, [grouped(values)], asked);
    assert.deepEqual(
      groups[0]!.rates.map(({ name }) => name),
      ['Called low', 'Called mid', 'Called high'],
    );
    const high = rows.scores.filter((_, i) => i % 3 === 2).map((score) => (score > 0.5 ? 1 : 0));
    const shareOf = (group: string): number => {
      const own = [...high].filter((_, row) => values[row] === group);
      return own.reduce((sum, each) => sum + each, 0) / own.length;
    };
    const parity = gapBy(gaps, 'demographicParity');
    assert.ok(isNear(parity.difference, shareOf('g1') - shareOf('g0')));
    assert.ok(['share called high', 'share called low'].includes(parity.rate), parity.rate);
    assert.ok(parity.low > 0.15 && parity.high < 0.45, JSON.stringify(parity));
    assert.match(gapBy(gaps, 'equalisedOdds').rate, /^share of (the others that is called )?(low|high)/);
    const { beyond } = judgeLimits(
      { threshold: null, stride: 1, columns: [{ column: 'region', groups, others: 0, gaps }] },
      { limits: { demographicParity: 0.1 } },
    );
    assert.match(beyond[0]!, /By region, the share called (high|low) differs by 0\.\d+ between g[01] and g[01]/);
  });

  it('treated alike seldom have a gap that is surely there, of every other row as of all', () => {
    const sure: string[] = [];
    for (let world = 0; world < 10; world++) {
      const stride = 1 + (world % 2);
      const { values, rows } = called([0.5, 0.5, 0.5], { seed: `${world}` });
      const { gaps, groups } = judge(rows, [grouped(values, { stride })], { ...asked, stride });
      const looked = groups.reduce((sum, group) => sum + group.rows, 0);
      assert.equal(looked, 3000 / stride);
      sure.push(...gaps.filter(({ low }) => low > 0).map(({ measure }) => measure));
    }
    assert.ok(sure.length <= 4, String(sure)); // of 40 a twentieth, and chance
  });

  it('say of which class too few rows are known', () => {
    const { values, rows } = called([0.5, 0.5], { rare: 0.002 });
    const { gaps, groups } = judge(rows, [grouped(values)], asked);
    assert.deepEqual(gapBy(gaps, 'equalOpportunity').unknown, ['share of mid that is found']);
    const { unclear } = judgeLimits(
      { threshold: null, stride: 1, columns: [{ column: 'region', groups, others: 0, gaps }] },
      { limits: { equalOpportunity: 0.5 } },
    );
    assert.match(
      unclear[0]!,
      /equal opportunity by region is unknown for some classes: .* for the share of mid that is found/,
    );
  });

  it('name no class once the label is sensitive, nor does what the gate said of them', () => {
    for (const rare of [0.3, 0.002]) {
      const { values, rows } = called([0.4, 0.6], { rare });
      const judgedBy = (names: string[]) => {
        const fairness = judgeFairness(rows, [grouped(values)], { ...asked, classes: names });
        const limits = { demographicParity: 0.1, equalOpportunity: 0.6, equalisedOdds: 0.6, calibration: 0.1 };
        const { beyond, unclear } = judgeLimits(fairness, { limits });
        const gate = { passed: false, outcome: 'refused', reason: [...beyond, ...unclear].join(' ') } as const;
        return { evaluation: { ...aModelVersion().evaluation, fairness }, gate };
      };
      const [open, hidden] = [classes, ['class 1', 'class 2', 'class 3']].map(judgedBy);
      assert.match(open!.gate.reason, /the (share called|share of|mean probability of) (low|mid|high)/);
      const labelled = (sensitive: boolean) => aClassCard(sensitive ? { sensitive } : {}).pipeline;
      assert.deepEqual(redactorOf(labelled(false)).version(open!), open);
      assert.deepEqual(redactorOf(labelled(false), labelled(true)).version(open!), hidden);
      const { evaluation, gate } = shownBy(null).version(open!);
      assert.doesNotMatch(JSON.stringify([evaluation.fairness, gate]), /\b(low|mid|high)\b(?!":)/);
      assert.equal(quotesShown(open!.gate.reason, [open!], labelled(true)), hidden!.gate.reason);
    }
  });
});

describe('groups on a holdout', () => {
  // g = np.array(['a', 'b', 'c'])[i % 3]; p = (s >= 0.5).astype(int), with y and s of labelled.ts
  const regions = labels.map((_, i) => ['a', 'b', 'c'][i % 3]!);
  const rows = {
    labels: Float64Array.from(labels),
    scores: Float64Array.from(fair),
    blocks: Float64Array.from(labels, (_, i) => i),
  };

  it("have the rates, differences and ratios of scikit-learn's confusion matrices", () => {
    // tn, fp, fn, tp = confusion_matrix(y[g == 'a'], p[g == 'a']).ravel(), and so on for 'b' and 'c'
    const { groups, gaps } = judge(rows, [grouped(regions)], question);
    for (const [i, [name, selected, found, wrong, beyond]] of (
      [
        ['a', 80 / 167, 38 / 61, 42 / 106, 0.1054070515763203],
        ['b', 68 / 167, 37 / 60, 31 / 107, 0.0996255608645123],
        ['c', 77 / 166, 47 / 61, 30 / 105, 0.08465408594091867],
      ] as const
    ).entries()) {
      assert.equal(groups[i]!.name, name);
      for (const [rate, expected] of [selected, found, wrong, beyond].entries())
        assert.ok(isNear(groups[i]!.rates[rate]!.value, expected), `${name} ${groups[i]!.rates[rate]!.name}`);
    }
    const opportunity = gapBy(gaps, 'equalOpportunity');
    assert.deepEqual([opportunity.lower, opportunity.higher], ['b', 'c']);
    assert.ok(isNear(opportunity.difference, 47 / 61 - 37 / 60));
    assert.ok(isNear(opportunity.ratio!.value, 37 / 60 / (47 / 61)));
    const odds = gapBy(gaps, 'equalisedOdds');
    assert.ok(isNear(odds.difference, 47 / 61 - 37 / 60) && isNear(odds.ratio!.value, 30 / 105 / (42 / 106)));
    assert.ok(isNear(gapBy(gaps, 'calibration').difference, 0.1054070515763203 - 0.08465408594091867));
    assert.deepEqual([opportunity.pairs, odds.pairs], [3, 6]);
  });

  it('treated alike seldom have a gap that is surely there, and its interval holds the true one', () => {
    for (const shares of [
      [0.3, 0.3, 0.3, 0.3],
      [0.2, 0.35, 0.3],
      [0.02, 0.05],
    ]) {
      const truth = Math.max(...shares) - Math.min(...shares);
      const [trials, measures] = [30, ['demographicParity', 'equalOpportunity', 'equalisedOdds'] as const];
      const held = Object.fromEntries(measures.map((measure) => [measure, 0]));
      let ratios = 0;
      for (let trial = 0; trial < trials; trial++) {
        const { rows: drawn, values } = world(`${shares.join()} ${trial}`, shares, { unlike: Math.min(...shares) });
        const { gaps } = judge(drawn, [grouped(values)], question);
        for (const measure of measures) {
          const { low, high } = gapBy(gaps, measure);
          if (low <= truth && truth <= high) held[measure]!++;
        }
        const { ratio } = gapBy(gaps, 'demographicParity');
        if (ratio!.low <= Math.min(...shares) / Math.max(...shares) && Math.min(...shares) / Math.max(...shares) <= ratio!.high + 1e-9) ratios++; // prettier-ignore
      }
      for (const measure of measures)
        assert.ok(held[measure]! >= 0.85 * trials, `${shares.join()}, ${measure}: ${held[measure]} of ${trials}`);
      assert.ok(ratios >= 0.85 * trials, `${shares.join()}, ratio: ${ratios} of ${trials}`);
    }
  });

  it('are found to be treated differently, with the groups that are', () => {
    const { rows: drawn, values } = world('unlike', [0.3, 0.3, 0.6]);
    const { gaps } = judge(drawn, [grouped(values)], question);
    const gap = gapBy(gaps, 'demographicParity');
    assert.equal(gap.higher, 'g2');
    assert.ok(gap.low > 0.1 && gap.ratio!.high < 0.8, JSON.stringify(gap));
  });

  it('are as uncertain as their customers are few, whatever the number of rows', () => {
    const width = (customers: number, rowsEach: number): number => {
      const { rows: drawn, values } = world('few', [0.3, 0.4], { customers, rowsEach, unlike: 0.5 });
      const { gaps } = judge(drawn, [grouped(values)], question);
      const { low, high } = gapBy(gaps, 'demographicParity');
      return high - low;
    };
    assert.ok(width(20, 120) > 2 * width(240, 10));
  });

  it('are not certain of a share of none or of all', () => {
    const { rows: drawn, values } = world('none', [0, 0.3], { customers: 60, rowsEach: 2 });
    const { gaps, groups } = judge(drawn, [grouped(values)], question);
    const [called] = groups[0]!.rates;
    assert.ok(called!.value === 0 && called!.high! > 0.03, JSON.stringify(called));
    const { ratio } = gapBy(gaps, 'demographicParity');
    assert.ok(ratio!.value === 0 && ratio!.high > 0.1, JSON.stringify(ratio));
  });

  it('with too few rows, positives or customers are shown, and compared by nothing', () => {
    const { rows: drawn, values } = world('small', [0.3, 0.3]);
    const rare = values.map((value, row) => (row < 40 ? 'rare' : row < 160 && row % 10 === 0 ? null : value));
    const { groups, gaps } = judge(drawn, [grouped(rare)], question);
    assert.deepEqual(
      groups.map(({ name, rates }) => [name, rates[0]!.value === null]),
      [['g1', false], ['g0', false], ['rare', true], ['missing', true]].toSorted((a, b) => groups.findIndex(({ name }) => name === a[0]) - groups.findIndex(({ name }) => name === b[0])), // prettier-ignore
    );
    assert.equal(gapBy(gaps, 'demographicParity').pairs, 1);
    const one = judge(drawn, [grouped(values.map(() => 'all'))], question);
    assert.deepEqual(one.gaps, []);
  });

  it('of a label that is a number differ by their errors', () => {
    const estimates = labels.map((label, i) => label + (i % 3 === 2 ? 0.5 : 0.1) * (i % 2 === 0 ? 1 : -0.5));
    const numbers = { ...rows, scores: Float64Array.from(estimates) };
    const ofNumbers = { ...question, kind: 'number', threshold: null } as const;
    const { gaps, groups } = judge(numbers, [grouped(regions)], ofNumbers);
    assert.deepEqual(gaps.map(({ measure }) => measure), ['meanError', 'absoluteError']); // prettier-ignore
    assert.ok(isNear(groups.find(({ name }) => name === 'c')!.rates[1]!.value, 0.375, 1e-2));
    assert.equal(gapBy(gaps, 'absoluteError').higher, 'c');
  });

  it('are looked at by one row in three, where rows are very many', () => {
    const { groups } = judge(rows, [grouped(regions, { stride: 3 })], { ...question, stride: 3 });
    assert.deepEqual(groups.map(({ name, rows: count }) => [name, count]), [['a', 167]]); // prettier-ignore
  });
});

describe('the groups of a column', () => {
  it('are its levels, the most frequent first, and what is missing', () => {
    const { names, slices } = grouped(['b', 'a', 'b', null]);
    assert.deepEqual([names, [...slices].map((slice) => names[slice])], [['b', 'a', 'missing'], ['b', 'a', 'b', 'missing']]); // prettier-ignore
    const many = grouped(Array.from({ length: 400 }, (_, i) => `level ${i % 300}`));
    assert.equal(many.names.length, 21);
    assert.equal(many.slices.filter((slice) => slice === 255).length, 400 - 40);
  });

  it('are the ranges between the cuts of a number', () => {
    const { names, slices } = grouped([29, 30, 49.9, 50, NaN], { cuts: [30, 50] });
    assert.deepEqual(names, ['below 30', '30 to 50', '50 and more', 'missing']);
    assert.deepEqual([...slices], [0, 1, 1, 2, 3]);
  });

  it('have no value of a sensitive column in their names', () => {
    assert.deepEqual(grouped(['ill', 'well', 'well'], { sensitive: true }).names, ['level 1 of 2', 'level 2 of 2', 'missing']); // prettier-ignore
    assert.deepEqual(grouped([29, 31], { sensitive: true, cuts: [30] }).names, ['group 1 of 2', 'group 2 of 2', 'missing']); // prettier-ignore
  });
});

describe('limits of fairness', () => {
  const gap = (low: number, high: number): Gap => ({
    measure: 'equalOpportunity', difference: 0.12, low, high, level: 0.95, lower: 'north', higher: 'south',
    rate: 'share of the positives that is found', ratio: null, pairs: 6,
  }); // prettier-ignore
  const limited = (gaps: Gap[]) =>
    judgeLimits(
      { threshold: 0.5, stride: 1, columns: [{ column: 'region', groups: [], others: 0, gaps }] },
      { limits: { equalOpportunity: 0.1 } },
    );

  it('are exceeded for sure only when the whole interval lies beyond', () => {
    assert.deepEqual(limited([gap(0.11, 0.2)]), {
      beyond: [
        'By region, the share of the positives that is found differs by 0.1200 between north and south (equal opportunity; ' +
          '95 % interval of the largest gap 0.1100 to 0.2000, all 6 pairs considered), and the limit is 0.1000 (fairness.limits.equalOpportunity).',
      ],
      unclear: [],
    });
    const { beyond, unclear } = limited([gap(0.02, 0.2)]);
    assert.deepEqual([beyond.length, unclear.length], [0, 1]);
    assert.deepEqual(limited([gap(0.02, 0.09)]), { beyond: [], unclear: [] });
  });

  it('are unclear where groups have too few rows', () => {
    assert.match(
      limited([]).unclear[0]!,
      /equal opportunity by region is unknown: fewer than two groups have enough rows/,
    );
  });
});
