import { type ArtifactOf } from '../../../core/model/artifact.ts';
import { trees } from '../../../core/model/kinds/trees.ts';
import { compileScorer, parseArtifact } from '../../../core/model/scorer.ts';
import { shapleyValues } from '../../../core/model/effects/shapley-values.ts';
import { encodeNumbers } from '../../../core/model/numbers/weights.ts';
import { createRandom } from '../../../core/base/random.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import { pointsFor } from '../../../core/trees/quadrature.ts';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

/** [left, right, input, cut, nulls go left, value, rows]; a leaf has no children. */
type GoldenNode = [number, number, number, number, number, number, number];
interface Values {
  base: number;
  values: number[][];
}
const golden = JSON.parse(readFileSync(new URL('../../golden/models/shap-trees.json', import.meta.url), 'utf8')) as {
  trees: GoldenNode[][];
  rows: (number | null)[][];
  pathDependent: Values;
  interventional: Values;
};

const WIDTH = 4;
const names = ['a', 'b', 'c', 'd'];

/** Trees of nodes as an artifact has them. */
function modelOf(nodes: GoldenNode[][], changes: Partial<ArtifactOf<'trees'>> = {}): ArtifactOf<'trees'> {
  const flat = { inputs: [], nulls: [], cuts: [], left: [], right: [], leaves: [], covers: [] } as Record<
    string,
    number[]
  >;
  const splits = nodes.map((tree) => {
    const places = { splits: new Map<number, number>(), leaves: new Map<number, number>() };
    for (const [at, [left]] of tree.entries()) {
      const of = left < 0 ? places.leaves : places.splits;
      of.set(at, of.size);
    }
    const childOf = (at: number): number => places.splits.get(at) ?? ~places.leaves.get(at)!;
    for (const [left, right, input, cut, nullsLeft, value, rows] of tree)
      if (left < 0) {
        flat['leaves']!.push(value);
        flat['covers']!.push(rows);
      } else {
        flat['inputs']!.push(input);
        flat['cuts']!.push(cut);
        flat['nulls']!.push(nullsLeft);
        flat['left']!.push(childOf(left));
        flat['right']!.push(childOf(right));
      }
    return places.splits.size;
  });
  return {
    format: 1,
    pipeline: 'p',
    revision: 'r',
    trainingRun: 't',
    candidate: 'boosted',
    encodings: names.map((column) => ({ kind: 'value', column, usual: 0 })),
    kind: 'trees',
    output: 'sum',
    base: 0,
    splits,
    inputs: encodeNumbers(Uint16Array.from(flat['inputs']!)),
    nulls: encodeNumbers(Uint8Array.from(flat['nulls']!)),
    cuts: encodeNumbers(Float32Array.from(flat['cuts']!)),
    left: encodeNumbers(Int32Array.from(flat['left']!)),
    right: encodeNumbers(Int32Array.from(flat['right']!)),
    sets: '',
    leaves: encodeNumbers(Float64Array.from(flat['leaves']!)),
    covers: encodeNumbers(Uint32Array.from(flat['covers']!)),
    probe: { rows: [], logits: [] },
    trainedWith: { backend: 'none', epochs: 0, rows: 1, seconds: 0 },
    calibration: { slope: 1, intercept: 0 },
    threshold: 0.5,
    ...changes,
  };
}
/** As it is stored and read again, with a row that it is held against. */
function stored(model: ArtifactOf<'trees'>) {
  const usual = { a: 0, b: 0, c: 0, d: 0 };
  const probe = { rows: [usual], logits: [compileScorer({ ...model, covers: undefined }).logit(usual)] };
  return parseArtifact(JSON.stringify({ ...model, probe }));
}
const inputsOf = (row: (number | null)[]): Float32Array => Float32Array.from(row, (value) => value ?? NaN);

function explained(model: ArtifactOf<'trees'>, row: (number | null)[]) {
  const exact = trees.compile(model, WIDTH).explain!(new Float32Array(WIDTH))!;
  const into = new Float64Array(WIDTH);
  const sum = exact.of(inputsOf(row), into);
  return { base: exact.base, sum, values: [...into] };
}
const near = (got: number, expected: number, what: string): void =>
  assert.ok(Math.abs(got - expected) < 1e-6, `${what}: ${got} for ${expected}`);

/** By the definition: what a tree is worth when only some inputs are known, the others by how many rows go where. */
function worthOf(tree: GoldenNode[], row: Float32Array, present: number, node = 0): number {
  const [left, right, input, cut, nullsLeft, value] = tree[node]!;
  if (left < 0) return value;
  const known = row[input]!;
  const goesLeft = Number.isNaN(known) ? nullsLeft === 1 : known <= Math.fround(cut);
  if ((present >> input) & 1) return worthOf(tree, row, present, goesLeft ? left : right);
  const [here, there] = [tree[left]![6], tree[right]![6]];
  return (here * worthOf(tree, row, present, left) + there * worthOf(tree, row, present, right)) / (here + there);
}

/** A tree that no recipe grew, with inputs that come again on a path. */
function aTree(random: ReturnType<typeof createRandom>, depth: number): GoldenNode[] {
  const nodes: GoldenNode[] = [];
  const grow = (left: number, rows: number): number => {
    const at = nodes.push([-1, -1, -1, 0, 0, random.normal(), rows]) - 1;
    if (left === 0 || rows < 4) return at;
    const share = 1 + random.integer(rows - 1);
    const children = [grow(left - 1, share), grow(left - 1, rows - share)] as const;
    nodes[at] = [...children, random.integer(WIDTH), random.normal(), random.integer(2), 0, rows];
    return at;
  };
  grow(depth, 500);
  return nodes;
}

describe('what inputs contribute to a sum of trees', () => {
  it('is what the Python package shap says, by the rows of each leaf and against one row', () => {
    const withRows = modelOf(golden.trees);
    const { covers: _, ...earlier } = withRows;
    for (const [model, expected] of [
      [withRows, golden.pathDependent],
      [earlier, golden.interventional],
    ] as const)
      for (const [i, row] of golden.rows.entries()) {
        const { base, values } = explained(model, row);
        near(base, expected.base, 'base');
        for (const [j, value] of values.entries()) near(value, expected.values[i]![j]!, `row ${i}, input ${j}`);
      }
  });

  it('is the Shapley value over all coalitions, and adds up to the sum, whatever the trees', () => {
    const random = createRandom(11);
    for (let turn = 0; turn < 40; turn++) {
      const tree = aTree(random, 1 + (turn % 7));
      const row = Array.from({ length: WIDTH }, () => (random.uniform() < 0.15 ? null : random.normal()));
      const inputs = inputsOf(row);
      const { base, sum, values } = explained(modelOf([tree]), row);
      const expected = shapleyValues(WIDTH, (present) => worthOf(tree, inputs, present));
      near(base, worthOf(tree, inputs, 0), 'base');
      near(sum, worthOf(tree, inputs, 2 ** WIDTH - 1), 'sum');
      for (const [j, value] of values.entries()) near(value, expected[j]!, `tree ${turn}, input ${j}`);
    }
  });

  it('leads a score from that of the mean output to the own one, summed by the columns that belong together', () => {
    const model = modelOf(golden.trees, { calibration: { slope: 0.7, intercept: -1 } });
    const scorer = compileScorer(stored(model));
    const row = { a: 0.4, b: null, c: -1, d: 2 };
    const apart = scorer.explainer(names.map((name) => [name]))(row);
    const together = scorer.explainer([['a', 'b'], ['c', 'd'], ['unread']])(row);
    assert.deepEqual([apart.from, apart.exact], ['mean', true]);
    const sum = apart.effects.reduce((total, each) => total + each, apart.typicalScore);
    near(sum, scorer.score(row), 'score');
    near(together.effects[0]!, apart.effects[0]! + apart.effects[1]!, 'a and b');
    assert.equal(together.effects[2], 0);
  });

  it('is compared with the typical row where a model of an earlier release has no rows of leaves', () => {
    const { covers: _, ...earlier } = modelOf(golden.trees);
    const scorer = compileScorer(stored(earlier));
    const { from, exact, typicalScore } = scorer.explainer([['a']])({ a: 1, b: 0, c: 0, d: 0 });
    assert.deepEqual([from, exact], ['typical', true]);
    near(typicalScore, scorer.score({ a: 0, b: 0, c: 0, d: 0 }), 'typical score');
  });

  it('is estimated for a chain of splits so deep that a walk would end the process', () => {
    const chain = Array.from({ length: 601 }, (_, i): GoldenNode => {
      if (i === 600) return [-1, -1, -1, 0, 0, 1, 1];
      return i % 2 === 0 ? [i + 1, i + 2, (i / 2) % WIDTH, i / 100 - 3, 0, 0, 0] : [-1, -1, -1, 0, 0, 0.5, 1];
    });
    const model = modelOf([chain]);
    assert.equal(trees.compile(model, WIDTH).explain!(new Float32Array(WIDTH)), null);
    assert.equal(compileScorer(model).explainer([['a']])({ a: 1 }).from, 'typical');
  });

  it('is refused where a leaf has learnt from no row, or rows are missing', () => {
    const leaves = golden.trees.flat().filter(([left]) => left < 0).length;
    for (const [covers, words] of [
      [new Uint32Array(leaves), /a leaf has learnt from no row/],
      [new Uint32Array(1), new RegExp(`1 numbers of rows where ${leaves} belong`)],
    ] as const)
      assert.throws(
        () => stored(modelOf(golden.trees, { covers: encodeNumbers(covers) })),
        (error) => error instanceof UserError && error.code === 'MODEL_INVALID' && words.test(error.message),
      );
  });
});

describe('points for integrals', () => {
  it('give those of polynomials exactly', () => {
    for (const count of [1, 2, 5, 16]) {
      const { points, weights } = pointsFor(count);
      for (let degree = 0; degree < 2 * count; degree++) {
        const sum = points.reduce((total, at, i) => total + weights[i]! * at ** degree, 0);
        assert.ok(Math.abs(sum - 1 / (degree + 1)) < 1e-13, `${count} points, degree ${degree}: ${sum}`);
      }
    }
  });
});
