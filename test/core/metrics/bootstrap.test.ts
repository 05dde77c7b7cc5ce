import { gain, metricNames } from '../../../core/metrics/index.ts';
import { differenceByBootstrap } from '../../../core/metrics/bootstrap.ts';
import { metricsOf } from '../../../core/metrics/metrics.ts';
import { createRandom } from '../../../core/base/random.ts';
import { fair, isNear, labels, tied, weaker } from './labelled.ts';
import assert from 'node:assert/strict';

const rowBlocks = Int32Array.from(labels, (_, i) => i);
const blocksOfFive = rowBlocks.map((i) => Math.floor(i / 5));
const comparison = { labels, challenger: fair, champion: weaker, blocks: blocksOfFive, seed: 1 };

describe('the difference between two models', () => {
  it("has scipy's interval, by rows and by blocks", () => {
    // d = (s2 - y)**2 - (s - y)**2
    // stats.bootstrap((d,), np.mean, n_resamples=100000, method='percentile', random_state=1).confidence_interval
    const byRows = differenceByBootstrap({ ...comparison, metric: 'brier', blocks: rowBlocks, resamples: 20_000 })!;
    assert.ok(isNear(byRows.estimate, 0.052517979540830595));
    assert.ok(isNear(byRows.low, 0.032371977169063176, 5e-4), `${byRows.low}`);
    assert.ok(isNear(byRows.high, 0.07277660274095954, 5e-4), `${byRows.high}`);
    // b = np.array([d[k*5:k*5+5].sum() for k in range(100)]); the same of (b,) with lambda x, axis: x.sum(axis) / 500
    const byBlocks = differenceByBootstrap({ ...comparison, metric: 'brier', resamples: 20_000 })!;
    assert.ok(isNear(byBlocks.low, 0.032723962690602834, 5e-4), `${byBlocks.low}`);
    assert.ok(isNear(byBlocks.high, 0.07239033317182492, 5e-4), `${byBlocks.high}`);
  });

  it("has the interval of average precision that resampled rows and scikit-learn's have", () => {
    // 4,000 times: idx = blocks of five rows drawn by np.random.default_rng(1).integers(0, 100, 100);
    // average_precision_score(y[idx], s[idx]) - average_precision_score(y[idx], s2[idx]); np.percentile(.., [2.5, 97.5])
    const ours = differenceByBootstrap({ ...comparison, metric: 'averagePrecision', resamples: 4000 })!;
    assert.ok(isNear(ours.estimate, 0.1642364137797867));
    assert.ok(isNear(ours.low, 0.10322794, 0.005), `${ours.low}`);
    assert.ok(isNear(ours.high, 0.23104276, 0.005), `${ours.high}`);
  });

  describe('that estimate numbers', () => {
    const rows = Array.from(labels, (_, i) => i);
    const values = rows.map((i) => 50 + ((i * 31) % 97) / 10 + (i % 7));
    const near = rows.map((i) => values[i]! + (((i * 7919) % 1009) / 1009 - 0.5) * 6);
    const far = rows.map((i) => values[i]! + (((i * 104729) % 1013) / 1013 - 0.4) * 8);
    const estimates = { labels: values, challenger: near, champion: far, blocks: blocksOfFive, seed: 1 };

    it("has the interval that resampled blocks and scikit-learn's metrics have", () => {
      // 4,000 draws of blocks as above; mean_squared_error ** 0.5, mean_absolute_error and r2_score of sklearn 1.9.1
      for (const [metric, estimate, low, high] of [
        ['rmse', 0.706040680117114, 0.64973578, 0.76684765],
        ['mae', 0.5771369391175372, 0.52125569, 0.63753873],
        ['r2', 0.25167531883484384, 0.22356982, 0.28395506],
      ] as const) {
        const ours = differenceByBootstrap({ ...estimates, metric, resamples: 4000 })!;
        assert.ok(isNear(ours.estimate, estimate, 1e-10), `${metric} ${ours.estimate}`);
        assert.ok(isNear(ours.low, low, 0.005) && isNear(ours.high, high, 0.005), `${metric} ${ours.low} ${ours.high}`);
      }
    });

    it('is the same of labels far from zero', () => {
      const away = (all: number[]): number[] => all.map((value) => value + 2 ** 33);
      const shifted = { ...estimates, labels: away(values), challenger: away(near), champion: away(far) };
      const [here, there] = [estimates, shifted].map((each) => differenceByBootstrap({ ...each, metric: 'r2' })!);
      assert.ok(isNear(there!.estimate, here!.estimate, 1e-4), `${there!.estimate}`);
      assert.ok(isNear(there!.low, here!.low, 1e-4), `${there!.low}`);
    });

    it('is refused of what is not a finite number, and of lists of unlike length', () => {
      const lacking = { ...estimates, metric: 'rmse' } as const;
      assert.throws(
        () => differenceByBootstrap({ ...lacking, champion: near.slice(1) }),
        /499 estimates for 500 labels/,
      );
      assert.throws(
        () => differenceByBootstrap({ ...lacking, labels: [Infinity, ...values.slice(1)] }),
        /row 0 is Inf/,
      );
    });
  });

  it('is positive when the challenger is better, for losses too', () => {
    for (const metric of metricNames) {
      const better = differenceByBootstrap({ ...comparison, metric })!;
      assert.ok(better.low > 0 && better.low < better.estimate && better.estimate < better.high, metric);
      const worse = differenceByBootstrap({ ...comparison, metric, challenger: weaker, champion: fair })!;
      assert.ok(isNear(worse.estimate, -better.estimate) && worse.high < 0, metric);
    }
  });

  it('is nothing, with no doubt, between a model and itself', () => {
    for (const metric of metricNames)
      assert.deepEqual(differenceByBootstrap({ ...comparison, metric, champion: fair }), {
        metric,
        estimate: 0,
        low: 0,
        high: 0,
      });
  });

  it('is that of plain metrics on plainly repeated rows, drawn by the same seed', () => {
    const few = { labels: labels.map(Number), challenger: tied, champion: weaker, seed: 5, resamples: 50 };
    for (const metric of metricNames) {
      const random = createRandom(few.seed);
      const drawn: number[] = [];
      for (let i = 0; i < few.resamples; i++) {
        const rows = Array.from({ length: 100 }, () => random.integer(100)).flatMap((block) =>
          Array.from({ length: 5 }, (_, row) => 5 * block + row),
        );
        const value = (scores: readonly number[]): number => {
          const [ours, theirs] = [rows.map((row) => scores[row]!), rows.map((row) => labels[row]!)];
          return metricsOf(['rmse', 'mae', 'r2'].includes(metric) ? 'number' : 'binary', ours, theirs)[metric]!;
        };
        drawn.push(gain(metric, value(few.challenger), value(few.champion)));
      }
      drawn.sort((a, b) => a - b);
      const at = (place: number): number =>
        drawn[Math.floor(place)]! + (place % 1) * (drawn[Math.ceil(place)]! - drawn[Math.floor(place)]!);
      const ours = differenceByBootstrap({ ...few, metric, blocks: blocksOfFive })!;
      assert.ok(isNear(ours.low, at(0.025 * 49), 1e-10) && isNear(ours.high, at(0.975 * 49), 1e-10), metric);
    }
  });

  it('is the same for a seed, however rows are ordered', () => {
    const metric = 'rocAuc';
    const order = createRandom(9).shuffle(labels.map((_, i) => i));
    const pick = <T>(values: ArrayLike<T>): T[] => order.map((i) => values[i]!);
    const shuffled = differenceByBootstrap({
      metric,
      labels: pick(labels),
      challenger: pick(fair),
      champion: pick(weaker),
      blocks: pick(blocksOfFive),
      seed: 1,
    });
    assert.deepEqual(shuffled, differenceByBootstrap({ ...comparison, metric }));
    assert.notDeepEqual(shuffled, differenceByBootstrap({ ...comparison, metric, seed: 2 }));
  });

  it('is less certain when rows of a block are alike', () => {
    // Each row ten times over is not ten times the evidence.
    const repeat = <T>(values: ArrayLike<T>): T[] =>
      Array.from(values).flatMap((value) => Array.from({ length: 10 }, () => value));
    const ten = { labels: repeat(labels), challenger: repeat(fair), champion: repeat(weaker), seed: 1 };
    const width = (blocks: Int32Array): number => {
      const { low, high } = differenceByBootstrap({ ...ten, metric: 'averagePrecision', blocks })!;
      return high - low;
    };
    const byEntity = width(Int32Array.from(repeat(rowBlocks)));
    const byRow = width(Int32Array.from(ten.labels, (_, i) => i));
    assert.ok(byEntity > 2.5 * byRow, `${byEntity} and ${byRow}`);
  });

  it('covers the truth in about 95 of 100 experiments @slow', () => {
    const random = createRandom('coverage');
    const draw = (rows: number) => {
      const theirs = Array.from({ length: rows }, () => (random.uniform() < 0.2 ? 1 : 0));
      const scored = (signal: number) =>
        theirs.map((label) => 1 / (1 + Math.exp(2 - signal * label - random.normal())));
      return { labels: theirs, challenger: scored(1.5), champion: scored(1) };
    };
    const truth = 0.1761; // of 2,000,000 rows drawn so
    let covered = 0;
    for (let seed = 0; seed < 100; seed++) {
      const rows = draw(500);
      const blocks = Int32Array.from(rows.labels, (_, i) => i);
      const { low, high } = differenceByBootstrap({
        ...rows,
        metric: 'averagePrecision',
        blocks,
        seed,
        resamples: 200,
      })!;
      if (low <= truth && truth <= high) covered++;
    }
    assert.ok(covered >= 88 && covered <= 99, `${covered} of 100`);
  });

  it('is drawn by rows when all are in one block', () => {
    const one = differenceByBootstrap({
      ...comparison,
      metric: 'brier',
      blocks: labels.map(() => 20_000),
    })!;
    assert.ok(one.low < one.estimate && one.estimate < one.high);
  });

  it('is unknown where the metric is undefined', () => {
    const negatives = { labels: [0, 0], challenger: [0.1, 0.2], champion: [0.2, 0.1], blocks: [1, 2], seed: 1 };
    assert.equal(differenceByBootstrap({ ...negatives, metric: 'averagePrecision' }), null);
    assert.notEqual(differenceByBootstrap({ ...negatives, metric: 'brier' }), null);
    const nothing = { labels: [], challenger: [], champion: [], blocks: [], seed: 1 };
    for (const metric of metricNames) assert.equal(differenceByBootstrap({ ...nothing, metric }), null);
  });

  it('of 20,000 rows takes less than two seconds of one core', () => {
    const random = createRandom(1);
    const theirs = Float64Array.from({ length: 20_000 }, () => (random.uniform() < 0.02 ? 1 : 0));
    const scored = () => theirs.map((label) => 1 / (1 + Math.exp(4 - 2 * label - random.normal())));
    const blocks = theirs.map(() => random.integer(3000));
    const started = process.cpuUsage();
    differenceByBootstrap({ metric: 'averagePrecision', labels: theirs, challenger: scored(), champion: scored(), blocks, seed: 1 }); // prettier-ignore
    const took = process.cpuUsage(started).user / 1000;
    assert.ok(took < 2000, `took ${took} ms`);
  });
});
