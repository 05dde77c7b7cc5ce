import { type ModelArtifact } from '../../../core/model/artifact.ts';
import { encodeWeights } from '../../../core/model/numbers/weights.ts';
import { createRandom, type Random } from '../../../core/base/random.ts';
import { type Value } from '../../../core/data/data.ts';
import { gridOf } from '../../../core/explaining/dependence.ts';
import { measureInsight } from '../../../core/explaining/measure-insight.ts';
import { createSampler, everyNth, sampleStride } from '../../../core/explaining/sample.ts';
import { drawnPoints } from '../../../pages/insight.ts';
import assert from 'node:assert/strict';

const random = createRandom(5);
const ROWS = 1_200;

/** A line through strong and weak, and through a country of two levels; idle has weight 0. */
const model = {
  kind: 'network',
  encodings: [
    ...['strong', 'weak', 'idle'].map((column) => ({
      kind: 'number' as const,
      column,
      transform: 'identity' as const,
      median: 0,
      mean: 0,
      deviation: 1,
      flagMissing: false,
    })),
    { kind: 'category', column: 'country', levels: ['nl', 'de'] },
  ],
  layers: [
    {
      inputs: 5,
      units: 1,
      activation: 'linear',
      kernel: encodeWeights(Float32Array.of(3, 0.5, 0, 0, 1)),
      bias: encodeWeights(Float32Array.of(-2)),
    },
  ],
  probe: { rows: [], logits: [] },
  trainedWith: { backend: 'test', epochs: 1, rows: 1, seconds: 0 },
  calibration: { slope: 1, intercept: 0 },
} as unknown as ModelArtifact;

const numbers = (): Value[] => Array.from({ length: ROWS }, () => random.normal());
const [strong, weak, idle] = [numbers(), numbers(), numbers()];
const country = Array.from({ length: ROWS }, (_, i): Value => (i % 11 === 0 ? null : i % 3 === 0 ? 'de' : 'nl'));
const labels = Float64Array.from({ length: ROWS }, (_, i) => {
  const logit = 3 * Number(strong![i]) + 0.5 * Number(weak![i]) + (country[i] === 'de' ? 1 : 0) - 2;
  return random.uniform() < 1 / (1 + Math.exp(-logit)) ? 1 : 0;
});
const rows = {
  chunk: { rows: ROWS, columns: { strong: strong!, weak: weak!, idle: idle!, country } },
  labels,
  blocks: labels.map((_, i) => i % 20),
};
const asked = { metric: 'rocAuc' as const, of: 5_000, sensitive: [], scoreIsSensitive: false };

describe('what a version goes by', () => {
  const insight = measureInsight(model, rows, asked);
  const found = (column: string) => insight.importance.find((each) => each.column === column)!;

  it('is led by the column without which the metric is lost, with an interval, and one without weight loses nothing', () => {
    assert.equal(insight.importance[0]!.column, 'strong');
    assert.ok(found('strong').low! > 0.2 && found('strong').high! > found('strong').loss);
    assert.ok(found('weak').loss > 0 && found('weak').loss < 0.1);
    assert.deepEqual(found('idle'), { column: 'idle', loss: 0, low: 0, high: 0 });
    assert.deepEqual([insight.rows, insight.of, insight.unmeasured], [ROWS, 5_000, undefined]);
  });

  it('has a column once that a model reads in several ways', () => {
    const layers = [{ ...(model as { layers: object[] }).layers[0]!, inputs: 6, kernel: encodeWeights(Float32Array.of(3, 0.5, 0, 0, 1, 1)) }]; // prettier-ignore
    const average = { ...model, encodings: [...model.encodings, model.encodings[0]!], layers } as ModelArtifact;
    const { importance, dependence } = measureInsight(average, rows, asked);
    for (const list of [importance, dependence])
      assert.deepEqual(list.filter(({ column }) => column === 'strong').length, 1);
  });

  it('is not drawn outside of what a probability can be', () => {
    const points = [{ value: 1, mean: 0.02, low: -0.016, high: 1.2 }];
    assert.deepEqual(drawnPoints({ points }, false), [{ value: 1, mean: 0.02, low: 0, high: 1 }]);
    assert.deepEqual(drawnPoints({ points }, true), points);
  });

  it('is the same each time', () => assert.deepEqual(measureInsight(model, rows, asked), insight));

  it('rises along a column with a positive weight, has a point for what is missing, and no band where columns add up', () => {
    const { points } = insight.dependence.find(({ column }) => column === 'strong')!;
    assert.ok(points.every(({ mean }, i) => i === 0 || mean > points[i - 1]!.mean));
    const levels = insight.dependence.find(({ column }) => column === 'country')!.points;
    assert.deepEqual(levels.map(({ value }) => value), ['nl', 'de', null]); // prettier-ignore
    assert.ok(levels[1]!.mean > levels[0]!.mean && levels[2]!.share! < 0.1);

    const estimate = { ...model, target: { mean: 10, deviation: 2 } } as ModelArtifact;
    const sums = measureInsight(estimate, rows, { ...asked, metric: 'rmse' });
    for (const { mean, low, high } of sums.dependence[0]!.points)
      assert.ok(Math.abs(low - mean) < 1e-3 && Math.abs(high - mean) < 1e-3, `${low} ${mean} ${high}`);
  });

  it('names sensitive columns and shows none of their values, nor any curve where the label is a sensitive number', () => {
    const hidden = measureInsight(model, rows, { ...asked, sensitive: ['country'] });
    assert.ok(hidden.importance.some(({ column }) => column === 'country'));
    assert.doesNotMatch(JSON.stringify(hidden), /"(nl|de)"/);
    assert.deepEqual(measureInsight(model, rows, { ...asked, scoreIsSensitive: true }).dependence, []);
  });

  it('is not known where the rows cannot tell, and has no interval where all are of one day', () => {
    const negative = measureInsight(model, { ...rows, labels: labels.map(() => 0) }, asked);
    assert.deepEqual([negative.value, negative.importance, negative.dependence], [null, [], []]);
    const oneDay = measureInsight(model, { ...rows, blocks: labels.map(() => 1) }, asked);
    assert.deepEqual([oneDay.importance[0]!.low, oneDay.importance[0]!.high], [null, null]);
    assert.ok(Math.abs(oneDay.importance[0]!.loss - insight.importance[0]!.loss) < 1e-9);
  });

  it('leaves out the columns that move scores least where there are very many', () => {
    const many = Array.from({ length: 40 }, (_, i) => `c${i}`);
    const { encodings: [first] } = model; // prettier-ignore
    const wide = {
      ...model,
      encodings: many.map((column) => ({ ...first!, column })),
      layers: [
        {
          ...(model as { layers: object[] }).layers[0]!,
          inputs: 40,
          kernel: encodeWeights(Float32Array.from(many, (_, i) => (i < 30 ? 1 : 0.001))),
        },
      ],
    } as ModelArtifact;
    const chunk = { rows: 300, columns: Object.fromEntries(many.map((column) => [column, numbers().slice(0, 300)])) };
    const some = { chunk, labels: labels.slice(0, 300), blocks: rows.blocks.slice(0, 300) };
    const { importance, unmeasured } = measureInsight(wide, some, asked);
    assert.equal(importance.length, 30);
    assert.deepEqual(unmeasured, many.slice(30));
  });
});

describe('a sample of a holdout', () => {
  it('is bounded by rows and by columns, and by nothing for few', () => {
    assert.deepEqual([sampleStride(5_000, 10), sampleStride(1_000_000, 10)], [1, 200]);
    assert.ok(1_000_000 / sampleStride(1_000_000, 1_000) <= 1_000);
    assert.ok(1_000_000 / sampleStride(1_000_000, 100_000) <= 500);
  });

  it('takes the same rows of every chunk as of the scores', () => {
    for (const stride of [1, 3, 7]) {
      const sampler = createSampler(['x'], stride);
      const all = Array.from({ length: 50 }, (_, i) => i);
      for (let at = 0, size = 1; at < 50; at += size, size = (size % 4) + 1) {
        const values = all.slice(at, at + size);
        sampler.add({ rows: values.length, columns: { x: values } });
      }
      const { rows: kept, columns } = sampler.all();
      assert.deepEqual(columns['x'], [...everyNth(Float64Array.from(all), stride)]);
      assert.equal(kept, columns['x']!.length);
    }
  });

  it('is of all that come in turns, at random places: one of each stride, the same ones each time', () => {
    const sampled = (random?: Random): unknown[] => {
      const sampler = createSampler(['station'], 40, random);
      for (let chunk = 0; chunk < 40; chunk++)
        sampler.add({ rows: 100, columns: { station: Array.from({ length: 100 }, (_, i) => (chunk * 100 + i) % 40) } });
      return sampler.all().columns['station']!;
    };
    const stations = sampled(createRandom('sample'));
    assert.deepEqual([new Set(sampled()).size, stations.length], [1, 100]);
    assert.ok(new Set(stations).size > 30, `${new Set(stations).size} of 40 stations`);
    assert.deepEqual(sampled(createRandom('sample')), stations);
  });

  it('holds each value once, also of a column that is named twice', () => {
    const sampler = createSampler(['x', 'x'], 1);
    for (const x of [[1, 2], [3]]) sampler.add({ rows: x.length, columns: { x } });
    assert.deepEqual(sampler.all(), { rows: 3, columns: { x: [1, 2, 3] } });
  });

  it('gives a curve each value of few, even shares of many numbers, and the most frequent levels', () => {
    assert.deepEqual(
      gridOf([3, 1, 1, null]).map(({ value, share }) => [value, share]),
      [
        [1, 0.5],
        [3, 0.25],
        [null, 0.25],
      ],
    );
    const grid = gridOf(Array.from({ length: 1_000 }, (_, i) => i));
    assert.deepEqual([grid.length, grid[0], grid.at(-1)], [11, { value: 25 }, { value: 975 }]);
    assert.equal(gridOf(Array.from({ length: 100 }, (_, i) => `level ${i % 30}`)).length, 12);
    assert.deepEqual(gridOf([]), []);
    const odd = gridOf([...Array.from({ length: 100 }, (_, i) => i), NaN, Infinity]);
    assert.deepEqual([odd.length, odd.at(-1)], [12, { value: null, share: 2 / 102 }]);
  });
});
