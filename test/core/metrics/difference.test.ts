import { gain, metricKinds, metricNames as all, type MetricName } from '../../../core/metrics/index.ts';
import { createIntervals, differenceOf } from '../../../core/metrics/difference.ts';
import { metricsOf } from '../../../core/metrics/metrics.ts';
import { studentQuantile } from '../../../core/metrics/student.ts';
import { createRandom } from '../../../core/base/random.ts';
import { draw } from '../../../bench/gates/worlds.ts';
import { fair, isNear, labels, tied, weaker } from './labelled.ts';
import assert from 'node:assert/strict';

/** Those of one score a row. */
const metricNames = all.filter((name) => metricKinds[name].labels[0] !== 'class');

const rowBlocks = Int32Array.from(labels, (_, i) => i);
const blocksOfFive = rowBlocks.map((i) => Math.floor(i / 5));
const comparison = { labels, challenger: fair, champion: weaker, blocks: blocksOfFive };

describe('the difference between two models', () => {
  it("has the interval of scipy's t over blocks", () => {
    // d = (s2 - y)**2 - (s - y)**2; b = np.array([d[k*5:k*5+5].mean() for k in range(100)])
    // stats.t.interval(0.95, 99, b.mean(), stats.sem(b))
    const ours = differenceOf({ ...comparison, metric: 'brier' })!;
    assert.ok(isNear(ours.estimate, 0.052517979540830595));
    assert.ok(isNear(ours.low, 0.032297795881707836, 1e-9), `${ours.low}`);
    assert.ok(isNear(ours.high, 0.07273816319995334, 1e-9), `${ours.high}`);
  });

  it('reaches as far as leaving out one block after another says, by every metric', () => {
    for (const metric of metricNames)
      for (const challenger of [fair, tied]) {
        const without = Array.from({ length: 100 }, (_, block) => {
          const kept = (of: readonly number[]): number[] => of.filter((_, i) => blocksOfFive[i] !== block);
          const value = (of: readonly number[]) =>
            metricsOf(metricKinds[metric].labels[0]!, kept(of), kept(labels))[metric]!;
          return gain(metric, value(challenger), value(weaker));
        });
        const mean = without.reduce((sum, each) => sum + each, 0) / 100;
        const error = Math.sqrt((99 / 100) * without.reduce((sum, each) => sum + (each - mean) ** 2, 0));
        const { estimate, low } = differenceOf({ ...comparison, challenger, metric })!;
        const reach = estimate - low;
        const expected = error * studentQuantile(0.975, 99);
        assert.ok(Math.abs(reach / expected - 1) < 0.02, `${metric}: ${reach} and ${expected}`);
      }
  });

  it('is positive when the challenger is better, for losses too', () => {
    for (const metric of metricNames) {
      const better = differenceOf({ ...comparison, metric })!;
      assert.ok(better.low > 0 && better.low < better.estimate && better.estimate < better.high, metric);
      const worse = differenceOf({ ...comparison, challenger: weaker, champion: fair, metric })!;
      assert.ok(worse.high < 0, metric);
    }
  });

  it('of estimates of a number is the same in any unit, however large its labels', () => {
    const numbers = labels.map((label, i) => label * 3 + (i % 7));
    const [ours, theirs] = [numbers.map((label, i) => label + (i % 3)), numbers.map((label, i) => label - (i % 11))];
    for (const metric of ['rmse', 'mae', 'r2'] as const) {
      const inUnit = (unit: number) => {
        const scaled = (of: readonly number[]) => of.map((each) => each * unit);
        const pair = { labels: scaled(numbers), challenger: scaled(ours), champion: scaled(theirs) };
        const { low, estimate, high } = differenceOf({ ...pair, blocks: blocksOfFive, metric })!;
        return metric === 'r2' ? [low, estimate, high] : [low / unit, estimate / unit, high / unit];
      };
      const once = inUnit(1);
      for (const exponent of [63, 200, 480])
        for (const [i, each] of inUnit(2 ** exponent).entries()) assert.ok(isNear(each, once[i]!, 1e-9), metric);
    }
  });

  it('is nothing, with no doubt, between a model and itself', () => {
    for (const metric of metricNames) {
      const { estimate, low, high } = differenceOf({ ...comparison, metric, champion: fair })!;
      assert.deepEqual([estimate, low, high], [0, 0, 0]);
    }
  });

  it('is nothing between two models without an error', () => {
    const { estimate, low, high } = differenceOf({
      ...comparison,
      metric: 'rmse',
      challenger: labels,
      champion: labels,
    })!;
    assert.deepEqual([estimate, low, high], [0, 0, 0]);
  });

  it('is the same however rows are ordered', () => {
    const order = createRandom(9).shuffle(labels.map((_, i) => i));
    const pick = <T>(values: ArrayLike<T>): T[] => order.map((i) => values[i]!);
    for (const metric of metricNames) {
      const here = differenceOf({ ...comparison, metric })!;
      const shuffled = {
        labels: pick(labels),
        challenger: pick(fair),
        champion: pick(weaker),
        blocks: pick(blocksOfFive),
      };
      const there = differenceOf({ ...shuffled, metric })!;
      assert.ok(isNear(there.low, here.low, 1e-10) && isNear(there.high, here.high, 1e-10), metric);
    }
  });

  it('is the same of labels far from zero', () => {
    const away = (all: readonly number[]): number[] => all.map((value) => value + 2 ** 33);
    const far = { ...comparison, labels: away(labels), challenger: away(fair), champion: away(weaker) };
    for (const metric of ['rmse', 'mae', 'r2'] as const) {
      const [here, there] = [comparison, far].map((each) => differenceOf({ ...each, metric })!);
      assert.ok(isNear(there!.estimate, here!.estimate, 1e-4), `${metric} ${there!.estimate}`);
      assert.ok(isNear(there!.low, here!.low, 1e-4), `${metric} ${there!.low}`);
    }
  });

  it('is less certain when rows of a block are alike', () => {
    // Each row ten times over is not ten times the evidence.
    const repeat = <T>(values: ArrayLike<T>): T[] =>
      Array.from(values).flatMap((value) => Array.from({ length: 10 }, () => value));
    const ten = { labels: repeat(labels), challenger: repeat(fair), champion: repeat(weaker) };
    const width = (blocks: Int32Array): number => {
      const { low, high } = differenceOf({ ...ten, metric: 'averagePrecision', blocks })!;
      return high - low;
    };
    const byEntity = width(Int32Array.from(repeat(rowBlocks)));
    const byRow = width(Int32Array.from(ten.labels, (_, i) => i));
    assert.ok(byEntity > 2.5 * byRow, `${byEntity} and ${byRow}`);
  });

  it('is less certain with fewer blocks, and with one of them that decides', () => {
    const width = (blocks: ArrayLike<number>, challenger = fair): number => {
      const { low, high } = differenceOf({ ...comparison, challenger, blocks, metric: 'brier' })!;
      return high - low;
    };
    const twoBlocks = rowBlocks.map((i) => (i < 250 ? 0 : 1));
    assert.ok(width(twoBlocks) > 2 * width(blocksOfFive));
    // The other blocks see no difference, so nobody knows how the next one would be.
    const once = weaker.map((score, i) => (i < 5 ? fair[i]! : score));
    const { low, high } = differenceOf({ ...comparison, challenger: once, metric: 'brier' })!;
    assert.ok(low < 0 && high > 0, `${low} to ${high}`);
  });

  it('has a wider interval at a higher level', () => {
    const [usual, surer] = [0.95, 0.975].map((level) => differenceOf({ ...comparison, level, metric: 'rocAuc' })!);
    assert.equal(surer!.estimate, usual!.estimate);
    assert.ok(surer!.low < usual!.low);
    assert.deepEqual([usual!.level, surer!.level], [0.95, 0.975]);
  });

  it('covers the truth in about 95 of 100 experiments, with three days as with thirty @slow', () => {
    const alike = {
      rowsPerBlock: 60,
      share: 0.1,
      challenger: 1.5,
      champion: 1.5,
      shared: 0.5,
      luck: 0.5,
    };
    for (const blocks of [3, 5, 30]) {
      const random = createRandom(`coverage ${blocks}`);
      let [covered, better] = [0, 0];
      for (let i = 0; i < 400; i++) {
        const { low, high } = differenceOf({ ...draw({ ...alike, blocks }, random), metric: 'averagePrecision' })!;
        if (low <= 0 && high >= 0) covered++;
        if (low > 0) better++;
      }
      assert.ok(covered >= 364, `${blocks} days: ${covered} of 400`);
      assert.ok(better <= 20, `${blocks} days: equal models were called better in ${better} of 400`);
    }
  });

  it('is unknown where the metric is undefined, and where all rows are in one block', () => {
    const negatives = { labels: [0, 0], challenger: [0.1, 0.2], champion: [0.2, 0.1], blocks: [1, 2] };
    assert.equal(differenceOf({ ...negatives, metric: 'averagePrecision' }), null);
    assert.notEqual(differenceOf({ ...negatives, metric: 'brier' }), null);
    const nothing = { labels: [], challenger: [], champion: [], blocks: [] };
    for (const metric of metricNames) assert.equal(differenceOf({ ...nothing, metric }), null);
    assert.equal(differenceOf({ ...comparison, metric: 'brier', blocks: labels.map(() => 20_000) }), null);
  });

  it('is refused of what is not a finite number, and of lists of unlike length', () => {
    const lacking = { ...comparison, metric: 'rmse' as MetricName };
    assert.throws(() => differenceOf({ ...lacking, champion: weaker.slice(1) }), /499 estimates for 500 labels/);
    assert.throws(() => differenceOf({ ...lacking, labels: [Infinity, ...labels.slice(1)] }), /row 0 is Inf/);
    assert.throws(() => differenceOf({ ...lacking, blocks: [1] }), /1 blocks for 500 rows/);
  });
});

describe("a metric's own interval", () => {
  it('is as wide as leaving out one block after another says, by every metric', () => {
    for (const metric of metricNames) {
      const without = Array.from({ length: 100 }, (_, block) => {
        const kept = (of: readonly number[]): number[] => of.filter((_, i) => blocksOfFive[i] !== block);
        return metricsOf(metricKinds[metric].labels[0]!, kept(fair), kept(labels))[metric]!;
      });
      const mean = without.reduce((sum, each) => sum + each, 0) / 100;
      const error = Math.sqrt((99 / 100) * without.reduce((sum, each) => sum + (each - mean) ** 2, 0));
      const { low, high } = intervalOf(fair, blocksOfFive)(metric)!;
      const expected = error * studentQuantile(0.975, 99);
      assert.ok(Math.abs((high - low) / 2 / expected - 1) < 0.02, `${metric}: ${high - low}`);
    }
  });

  it('stays where the metric can be', () => {
    const { low, high } = intervalOf(labels.map((label, i) => (i < 3 ? 1 - label : label)), blocksOfFive)('rocAuc')!; // prettier-ignore
    assert.ok(low > 0.9 && high === 1, `${low} to ${high}`);
  });

  it('covers the truth in about 95 of 100 experiments', () => {
    // Of 300,000 rows drawn alike.
    const alike = { rowsPerBlock: 60, share: 0.1, challenger: 1.5, champion: 1.5, shared: 0.5, luck: 0.5 };
    const truth = (() => {
      const { challenger, labels } = draw({ ...alike, blocks: 5_000 }, createRandom('truth'));
      return metricsOf('binary', challenger, labels);
    })();
    const random = createRandom('own coverage');
    const covered = { rocAuc: 0, averagePrecision: 0 };
    const trials = 250;
    for (let i = 0; i < trials; i++) {
      const { challenger, labels, blocks } = draw({ ...alike, blocks: 20 }, random);
      const of = intervalOf(challenger, blocks, labels);
      for (const metric of ['rocAuc', 'averagePrecision'] as const) {
        const { low, high } = of(metric)!;
        if (low <= truth[metric]! && truth[metric]! <= high) covered[metric]++;
      }
    }
    for (const [metric, count] of Object.entries(covered))
      assert.ok(count >= 0.91 * trials, `${metric}: ${count} of ${trials}`);
  });

  it('is unknown from one block', () => {
    assert.equal(intervalOf(fair, labels.map(() => 1))('brier'), null); // prettier-ignore
  });

  function intervalOf(scores: ArrayLike<number>, blocks: ArrayLike<number>, of: ArrayLike<number> = labels) {
    return createIntervals({ labels: Float64Array.from(of), scores: Float64Array.from(scores), blocks });
  }
});

describe("Student's t", () => {
  it("has scipy's quantiles, also of degrees that are not whole", () => {
    // scipy.stats.t.ppf(probability, degrees)
    for (const [probability, degrees, expected] of [
      [0.975, 1, 12.706204736174694],
      [0.975, 4, 2.7764451051977934],
      [0.995, 2.5, 7.163728138948783],
      [0.975, 1000, 1.9623390808264083],
      [0.3, 7.3, -0.5480628979421774],
      [0.9999, 61.2, 3.9570578941868475],
    ] as const)
      assert.ok(isNear(studentQuantile(probability, degrees), expected, 1e-9), `${probability} ${degrees}`);
    assert.throws(() => studentQuantile(1, 3), /probability 1 and 3 degrees/);
  });
});
