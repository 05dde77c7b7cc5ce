import { type DenseLayer, type ModelArtifact } from '../../../../core/model/artifact.ts';
import { compileScorer } from '../../../../core/model/scorer.ts';
import { shapleyValues } from '../../../../core/model/effects/shapley-values.ts';
import { encodeWeights } from '../../../../core/model/numbers/weights.ts';
import { createRandom } from '../../../../core/base/random.ts';
import assert from 'node:assert/strict';

const columns = ['a', 'b', 'c', 'd', 'e'];
const groups = columns.map((column) => [column]);

/** Numbers whose typical value is 0, so that a row's values are the model's inputs. */
function aModel(layers: DenseLayer[], target?: ModelArtifact['target']): ModelArtifact {
  const plain = { transform: 'identity', median: 0, mean: 0, deviation: 1, flagMissing: false } as const;
  return {
    format: 1,
    pipeline: 'p',
    revision: 'r1',
    trainingRun: 'run',
    candidate: 'mlp',
    kind: 'network',
    encodings: columns.map((column) => ({ kind: 'number', column, ...plain })),
    layers,
    probe: { rows: [], logits: [] },
    trainedWith: { backend: 'test', tensorflow: '0', epochs: 1, rows: 1, seconds: 0 },
    calibration: { slope: 0.8, intercept: -0.5 },
    threshold: null,
    ...(target && { target }),
  };
}

const layer = (inputs: number, units: number, activation: DenseLayer['activation'], weights: number[]): DenseLayer => ({
  inputs,
  units,
  activation,
  kernel: encodeWeights(Float32Array.from(weights)),
  bias: encodeWeights(new Float32Array(units)),
});

const random = createRandom(3);
const normals = (count: number): number[] => Array.from({ length: count }, () => random.normal());
const aNetwork = (): ModelArtifact =>
  aModel([layer(5, 16, 'relu', normals(80)), layer(16, 8, 'relu', normals(128)), layer(8, 1, 'linear', normals(8))]);
const aRow = (): Record<string, number> => Object.fromEntries(columns.map((column) => [column, random.normal()]));
const sum = (numbers: Iterable<number>): number => [...numbers].reduce((all, one) => all + one, 0);

/** The mean over all orders, from the definition. https://en.wikipedia.org/wiki/Shapley_value */
function exactly(worth: (present: readonly string[]) => number): number[] {
  const effects = columns.map(() => 0);
  const walk = (present: string[], weight: number): void => {
    const absent = columns.filter((column) => !present.includes(column));
    for (const next of absent) {
      const after = [...present, next];
      effects[columns.indexOf(next)]! += (weight / absent.length) * (worth(after) - worth(present));
      walk(after, weight / absent.length);
    }
  };
  walk([], 1);
  return effects;
}

describe('the effects of columns on a score', () => {
  it('are the terms of an additive model, in the unit of its estimate', () => {
    const model = aModel([layer(5, 1, 'linear', [2, -1, 0.5, 0, 3])], { mean: 100, deviation: 10 });
    const { effects, typicalScore } = compileScorer(model).explainer(groups)({ a: 1, b: 2, c: -4, d: 7, e: 0 });
    assert.equal(typicalScore, 79.5);
    for (const [i, expected] of [16, -16, -16, 0, 0].entries()) assert.ok(Math.abs(effects[i]! - expected) < 1e-4);
  });

  it('lead from the score of the typical row to the score of the row, whatever the model', () => {
    for (const model of [aNetwork(), aModel([layer(5, 1, 'linear', normals(5))])]) {
      const scorer = compileScorer(model);
      const explain = scorer.explainer(groups);
      for (let i = 0; i < 50; i++) {
        const row = aRow();
        const { effects, typicalScore } = explain(row);
        assert.equal(typicalScore, scorer.score({ a: 0, b: 0, c: 0, d: 0, e: 0 }));
        assert.ok(Math.abs(typicalScore + sum(effects) - scorer.score(row)) < 1e-6);
      }
    }
  });

  it('are the Shapley values of a network, over all combinations, where at most eight columns differ', () => {
    const scorer = compileScorer(aNetwork());
    const explain = scorer.explainer(groups);
    for (let i = 0; i < 20; i++) {
      const row = aRow();
      const of = (present: readonly string[]) =>
        scorer.logit(Object.fromEntries(present.map((one) => [one, row[one]!])));
      const exact = exactly(of);
      const { effects, typicalScore, exact: isExact } = explain(row);
      assert.equal(isExact, true);
      const unit = (scorer.score(row) - typicalScore) / (scorer.logit(row) - scorer.logit({}));
      const whole = sum(exact.map(Math.abs));
      for (const [at, value] of exact.entries())
        assert.ok(Math.abs(effects[at]! / unit - value) < 1e-6 * whole, `${effects[at]! / unit} for ${value}`);
    }
  });

  it('are estimated by orders where more columns differ, close to the values over all combinations', () => {
    const many = Array.from({ length: 10 }, (_, i) => `c${i}`);
    const model = aNetwork();
    const plain = { transform: 'identity', median: 0, mean: 0, deviation: 1, flagMissing: false } as const;
    const scorer = compileScorer({
      ...model,
      encodings: many.map((column) => ({ kind: 'number', column, ...plain })),
      layers: [layer(10, 16, 'relu', normals(160)), layer(16, 1, 'linear', normals(16))],
    } as ModelArtifact);
    const explain = scorer.explainer(many.map((column) => [column]));
    for (let i = 0; i < 5; i++) {
      const row = Object.fromEntries(many.map((column) => [column, random.normal()]));
      const known = (present: number) =>
        Object.fromEntries(many.map((one, at) => [one, (present >> at) & 1 ? row[one]! : 0]));
      const exact = shapleyValues(10, (present) => scorer.logit(known(present)));
      const { effects, typicalScore, exact: isExact } = explain(row);
      const unit = (scorer.score(row) - typicalScore) / (scorer.logit(row) - scorer.logit(known(0)));
      const whole = sum([...exact].map(Math.abs));
      assert.equal(isExact, false);
      assert.ok(Math.abs(sum(effects) + typicalScore - scorer.score(row)) < 1e-6);
      for (const [at, value] of exact.entries()) assert.ok(Math.abs(effects[at]! / unit - value) < 0.12 * whole);
    }
  });

  it('are zero for a typical row, and for a column that the model does not read', () => {
    const explain = compileScorer(aNetwork()).explainer([...groups, ['unread']]);
    assert.deepEqual([...explain({ a: 0, b: 0, c: 0, d: 0, e: 0, unread: 9 }).effects], [0, 0, 0, 0, 0, 0]);
  });

  it('are the same each time, and joint for columns that belong together', () => {
    const explain = compileScorer(aNetwork()).explainer([['a', 'b'], ['c'], ['d'], ['e']]);
    const row = aRow();
    assert.deepEqual(explain(row), explain(row));
    assert.equal(explain(row).effects.length, 4);
  });

  it('start from the typical values: the median, and the most frequent level, boolean and hour', () => {
    const model = aModel([
      layer(
        31,
        1,
        'linear',
        Array.from({ length: 31 }, (_, i) => i + 1),
      ),
    ]);
    const scorer = compileScorer({
      ...model,
      encodings: [
        { ...model.encodings[0]!, median: 3 } as (typeof model.encodings)[0],
        { kind: 'category', column: 'level', levels: ['most', 'less'] },
        { kind: 'category', column: 'is', levels: ['false', 'true'], usual: 'true' },
        { kind: 'hour', column: 'hour', usual: 14 },
      ],
    });
    const typical = { a: 3, level: 'most', is: true, hour: 14 };
    const { typicalScore } = scorer.explainer([])({});
    assert.equal(typicalScore, scorer.score(typical));
  });
});
