import { bringOnnx, type Wanted } from '../../../core/brought/bring.ts';
import { type Columns } from '../../../core/columns/index.ts';
import { type Row } from '../../../core/data/data.ts';
import { joined, message, type Field } from '../../../core/exports/onnx/protobuf.ts';
import { compileScorer, parseTrainedModel } from '../../../core/model/scorer.ts';
import { input, node, output, type Attribute } from './parts.ts';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

/** What onnxruntime says of trees that others made; golden/brought/make-trees.py makes them. */
const golden = JSON.parse(readFileSync(new URL('../../golden/brought/trees.json', import.meta.url), 'utf8')) as Record<
  string,
  { columns: string[] | null; rows: Row[string][][]; scores: number[]; onnx: string }
>;
const columns: Columns = {
  amount: { kind: 'number', nulls: 0 },
  distance: { kind: 'number', nulls: 0.2 },
  hour: { kind: 'hour' },
  is_online: { kind: 'boolean', nulls: 0 },
  device: { kind: 'category', nulls: 0 },
};
const names = Object.keys(columns);
const TOLERANCE = 1e-6;

describe('trees from elsewhere', () => {
  for (const [name, { columns: named, rows, scores, onnx }] of Object.entries(golden))
    it(`(${name}) score each row as onnxruntime does, at each cut and beside it, also after they were stored`, () => {
      const label = name.includes('of numbers') ? 'number' : name.includes('of classes') ? 'class' : 'binary';
      const classes = label === 'class' ? ['low', 'mid', 'high'] : undefined;
      const wanted: Wanted = { file: 'model.onnx', columns, label, classes, named: named ?? undefined };
      const model = bringOnnx(Buffer.from(onnx, 'base64'), wanted);
      assert.equal(model.kind, 'trees');
      const scorer = compileScorer(parseTrainedModel(JSON.stringify(model)));
      // Of several classes, the probability of the second.
      const score = (row: Row): number => scorer.classes?.probabilities(row)[1] ?? scorer.score(row);
      for (const [i, values] of rows.entries()) {
        const row = Object.fromEntries(names.map((column, at) => [column, values[at]!]));
        const [ours, theirs] = [score(row), scores[i]!];
        assert.ok(Math.abs(ours - theirs) <= TOLERANCE * Math.max(1, Math.abs(theirs)), `row ${i}: ${ours}, not ${theirs}`);
      }
    });

  it('go where the file sends a missing value, a level and a boolean', () => {
    const { score } = brought(stump({ values: 2, nulls: 1 }), 'number');
    assert.deepEqual([1, 2, 2.0000001, 3, null].map((amount) => score({ amount })), [10, 10, 10, 20, 10]);
    const above = brought(stump({ mode: 'BRANCH_GT', values: 2 }), 'number');
    assert.deepEqual([2, 2.001, null].map((amount) => above.score({ amount })), [20, 10, 20]);
    const online = brought(stump({ mode: 'BRANCH_EQ', values: 1, column: 'is_online' }), 'number');
    assert.deepEqual([true, false, null].map((is_online) => online.score({ is_online })), [10, 20, 20]);
  });

  it('compare a scaled column exactly where the scaled number is rounded', () => {
    const [offset, scale, cut] = [0.1, 1 / 3, 0.7].map(Math.fround) as [number, number, number];
    const scaler = node('ai.onnx.ml.Scaler', ['amount'], ['x'], { offset: Float32Array.of(offset), scale: Float32Array.of(-scale) });
    const { score } = brought([...stump({ values: -cut, from: 'x', before: [scaler] })], 'number');
    for (let i = -40; i < 40; i++) {
      const amount = Math.fround(2.2 + i * 2 ** -22);
      const scaled = Math.fround(Math.fround(amount - offset) * -scale);
      assert.equal(score({ amount }), scaled <= Math.fround(-cut) ? 10 : 20, `${amount}`);
    }
  });

  it('of one leaf say that of every row', () => {
    const { score } = brought(stump({ leafOnly: true }), 'number');
    assert.equal(score({ amount: 4 }), 10);
  });

  it('are refused where they cannot become ours exactly, with the reason', () => {
    for (const [graph, reason] of [
      [stump({ mode: 'BRANCH_EQ' }), /asks whether the number "amount" is equal to another/],
      [stump({ mode: 'BRANCH_MEMBER' }), /has a node of mode BRANCH_MEMBER/],
      [stump({ feature: 3 }), /splits by number 3, of 1/],
      [stump({ type: 11 }), /compares "amount" as a double: convert it with inputs of floats/],
      [stump({ values: NaN }), /compares with NaN/],
      [stump({ yes: 0 }), /tree 0 has 2 nodes that its root does not lead to/],
      [stump({ yes: 2 }), /2 nodes that none leads to/],
      [stump({ yes: 9 }), /tree 0 has 2 nodes that none leads to/],
      [stump({ extra: { base_values: new Float32Array(4_000_000) } }), /its attributes have more than 4000000 values/],
      [stump({ extra: { aggregate_function: 'MAX' } }), /takes the MAX of its trees/],
      [stump({ extra: { post_transform: 'PROBIT' } }), /transforms its estimate \(post_transform PROBIT\)/],
      [stump({ extra: { n_targets: 2 } }), /estimates several numbers/],
      [stump({ extra: { nodes_values_as_tensor: { leftOut: 4 } } }), /compares doubles \(nodes_values_as_tensor\)/],
    ] as const)
      assert.throws(() => brought(graph, 'number'), { code: 'MODEL_FILE_INVALID', message: reason });
  });

  it('of classes are refused whose sums are no probabilities', () => {
    const classes = (extra: Record<string, Attribute>) => stump({ kind: 'class', extra });
    assert.throws(() => brought(classes({}), 'binary'), /its sums are no shares between 0 and 1/);
    assert.throws(() => brought(classes({ classlabels_int64s: whole([0, 2]) }), 'binary'), /its classes are 0, 2, not 0 and 1/);
    assert.throws(() => brought(classes({ post_transform: 'SOFTMAX' }), 'binary'), /does not make probabilities .* SOFTMAX/);
    const { score } = brought(classes({ post_transform: 'LOGISTIC', base_values: Float32Array.of(-10) }), 'binary');
    assert.equal(score({ amount: 0 }), 0.5);
  });

  it('of several classes, for each in turn or for all of them at once, have the probability of each', () => {
    const file = (ids: number[], weights: number[], transform: string, base: number[] = []) => {
      const trees = transform === 'SOFTMAX' ? ids.map((_, tree) => tree) : [0];
      return [
        input('amount'),
        node('ai.onnx.ml.TreeEnsembleClassifier', ['amount'], ['label', 'y'], {
          nodes_treeids: whole(trees.flatMap((tree) => [tree, tree, tree])),
          nodes_nodeids: whole(trees.flatMap(() => [0, 1, 2])),
          nodes_featureids: whole(trees.flatMap(() => [0, 0, 0])),
          nodes_values: Float32Array.from(trees.flatMap(() => [2, 0, 0])),
          nodes_modes: trees.flatMap(() => ['BRANCH_LEQ', 'LEAF', 'LEAF']),
          nodes_truenodeids: whole(trees.flatMap(() => [1, 0, 0])),
          nodes_falsenodeids: whole(trees.flatMap(() => [2, 0, 0])),
          // Each speaks below the cut, and says nothing above it.
          class_treeids: whole(ids.map((_, i) => trees[i] ?? 0)),
          class_nodeids: whole(ids.map(() => 1)),
          class_ids: whole(ids),
          class_weights: Float32Array.from(weights),
          classlabels_int64s: whole([0, 1, 2]),
          post_transform: transform,
          base_values: Float32Array.from(base),
        }),
        output('y'),
      ];
    };
    const classes = ['low', 'mid', 'high'];
    const of = (graph: Field[], amount: number) => Array.from(brought(graph, 'class', classes).classes!.probabilities({ amount }), (share) => share.toFixed(3)); // prettier-ignore
    // Two trees of class 2, one of class 0 and none of class 1, which has a base: 4, 2 and 3 of 9 below the cut.
    const boosted = file([2, 0, 2], [Math.log(2), Math.log(4), Math.log(1.5)], 'SOFTMAX', [0, Math.log(2), 0]);
    assert.deepEqual(of(boosted, 1), ['0.444', '0.222', '0.333']);
    assert.deepEqual(of(boosted, 3), ['0.250', '0.500', '0.250']);
    assert.deepEqual(of(file([0, 1, 2], [0.5, 0.2, 0.3], 'NONE'), 1), ['0.500', '0.200', '0.300']);
    assert.throws(() => brought(file([0, 1, 2], [5, 2, 3], 'NONE'), 'class', classes), /its sums are no shares/);
    assert.throws(() => brought(boosted, 'class', ['low', 'high']), /tells 3 classes apart, and label\.classes lists 2/);
    assert.throws(() => brought(boosted, 'binary'), /none of its outputs \(y\) is the probability/);
  });

  it('of a class are no estimate, and the other way round', () => {
    assert.throws(() => brought(stump({}), 'binary'), /none of its outputs \(y\) is the probability/);
    const classes = stump({ kind: 'class', extra: { post_transform: 'LOGISTIC' } });
    assert.throws(() => brought(classes, 'number'), /none of its outputs \(y\) is one number/);
  });
}); // prettier-ignore

/** Whole numbers of an attribute. */
const whole = (numbers: number[]): Attribute => ({ whole: numbers });

/** A tree of one split, whose leaves say 10 (yes) and 20. */
function stump({ mode = 'BRANCH_LEQ', values = 2, nulls = 0, feature = 0, yes = 1, column = 'amount', type = 1, kind = 'target', leafOnly = false, from = column, before = [], extra = {} }: {
  mode?: string;
  values?: number;
  nulls?: number;
  feature?: number;
  yes?: number;
  column?: string;
  type?: number;
  kind?: 'target' | 'class';
  leafOnly?: boolean;
  from?: string;
  before?: Field[];
  extra?: Record<string, Attribute>;
}): Field[] {
  const [nodes, leaves] = leafOnly ? [['LEAF'], [0]] : [[mode, 'LEAF', 'LEAF'], [1, 2]];
  const each = (first: number): Attribute => whole(nodes.map((_, i) => (i === 0 ? first : 0)));
  const ensemble = node(`ai.onnx.ml.TreeEnsemble${kind === 'class' ? 'Classifier' : 'Regressor'}`, [from], kind === 'class' ? ['label', 'y'] : ['y'], {
    nodes_treeids: each(0),
    nodes_nodeids: whole(nodes.map((_, i) => i)),
    nodes_featureids: each(feature),
    nodes_values: Float32Array.from(nodes, (_, i) => (i === 0 ? values : 0)),
    nodes_modes: nodes,
    nodes_truenodeids: each(yes),
    nodes_falsenodeids: each(2),
    nodes_missing_value_tracks_true: each(nulls),
    [`${kind}_treeids`]: whole(leaves.map(() => 0)),
    [`${kind}_nodeids`]: whole(leaves),
    [`${kind}_ids`]: whole(leaves.map(() => 0)),
    [`${kind}_weights`]: Float32Array.from(leaves, (_, i) => 10 * (i + 1)),
    ...(kind === 'class' && { classlabels_int64s: whole([0, 1]) }),
    ...extra,
  });
  return [input(column, type), ...before, ensemble, output('y')];
} // prettier-ignore

const brought = (graph: Field[], label: Wanted['label'], classes?: string[]) =>
  compileScorer(bringOnnx(joined([message(7, graph)]), { file: 'model.onnx', columns, label, classes }));
