import type { Encoding, TreesModel } from '../../model/artifact.ts';
import { widthOf } from '../../model/preprocessing.ts';
import { decodeTrees, type DecodedTrees } from '../../model/kinds/trees.ts';
import { BY_SET } from '../../trees/exits/crossings.ts';
import { SET_WORDS } from '../../trees/tree.ts';
import { types, type Attributes, type Graph } from './graph.ts';
import { logOdds, logShare } from './shares.ts';

/** Trees as the operator that compares Float32: to it, whether a row's level is in a set is one more number, 0 or 1. */
export function treesInOnnx(graph: Graph, inputs: string, model: TreesModel): string {
  const { node, double, integers } = graph;
  const decoded = decodeTrees(model);
  // The operator needs a tree.
  const trees = decoded.splits.length > 0 ? decoded : { ...decoded, splits: [0], leaves: new Float64Array(1) };
  const { asked, inputOfSplit } = askedOf(graph, inputs, model.encodings, trees);
  const all = asked.length === 0 ? inputs : node('Concat', [inputs, ...asked], { axis: 1 });
  const { bases = [model.base] } = model;
  const sums = node('TreeEnsembleRegressor', [all], ensembleOf(trees, inputOfSplit, bases.length), 'ai.onnx.ml');
  if (model.classes) {
    const pairs = node('Reshape', [node('Cast', [sums], { to: types.double }), integers([-1, bases.length, 2])]);
    const own = node('ReduceSum', [pairs, integers([2])], { keepdims: 0 });
    const totals = node('Add', [own, graph.doubles(bases, [1, bases.length])]);
    return model.output === 'share' ? logShare(graph, totals) : totals;
  }
  const sum = node('ReduceSum', [node('Cast', [sums], { to: types.double }), integers([1])], { keepdims: 1 });
  const total = node('Add', [sum, double(model.base)]);
  return model.output === 'share' ? logOdds(graph, total) : total;
}

/** A number for each set of levels that a column is split by, and for each split which number it compares. */
function askedOf(graph: Graph, values: string, encodings: readonly Encoding[], trees: DecodedTrees) {
  const { inputs, nulls, cuts, sets } = trees;
  const levelsOf = encodings.flatMap((encoding) =>
    encoding.kind === 'level' ? [encoding.levels.length] : Array<null>(widthOf(encoding)).fill(null),
  );
  const placesOf = levelsOf.map(() => new Map<string, number>()); // of an input's sets, in the order they are met
  const placeOfSplit = Array.from(inputs, (input, split) => {
    if (nulls[split] !== BY_SET) return null;
    const words = sets.subarray(cuts[split]! * SET_WORDS, (cuts[split]! + 1) * SET_WORDS).join();
    const places = placesOf[input]!;
    if (!places.has(words)) places.set(words, places.size);
    return places.get(words)!;
  });

  const starts: number[] = [];
  let next = levelsOf.length;
  const asked = placesOf.flatMap((places, input) => {
    starts.push(next);
    next += places.size;
    if (places.size === 0) return [];
    if (levelsOf[input] == null) throw new Error(`Input ${input} is split by levels, and has none.`);
    const table = new Uint8Array((levelsOf[input] + 1) * places.size);
    for (const [words, place] of places)
      for (const [word, bits] of words.split(',').map(Number).entries())
        for (let bit = word * 32; bit < Math.min(word * 32 + 32, levelsOf[input] + 1); bit++)
          table[bit * places.size + place] = (bits >>> (bit & 31)) & 1;
    return [looksUp(graph, values, input, table, places.size)];
  });
  return { asked, inputOfSplit: placeOfSplit.map((place, split) => (place === null ? inputs[split]! : starts[inputs[split]!]! + place)) }; // prettier-ignore
}

/** `table`: a row for what is no level, and one for each level; a column for each set. */
function looksUp({ node, floats, ...graph }: Graph, values: string, input: number, table: Uint8Array, sets: number) {
  const [none, one] = [0, 1].map((number) => floats(Float32Array.of(number), [1])) as [string, string];
  const place = node('Gather', [values, graph.integers([input])], { axis: 1 });
  const row = node('Where', [node('IsNaN', [place]), none, node('Add', [place, one])]);
  const rows = graph.booleans(table, [table.length / sets, sets]);
  const found = node('Gather', [rows, node('Cast', [row], { to: types.integer })], { axis: 0 });
  return node('Cast', [node('Squeeze', [found, graph.integers([1])])], { to: types.float });
}

/** Each leaf is told as two numbers of its class, which are added up apart; the sum of both is that of Float64. */
function ensembleOf(
  { splits, nulls, cuts, left, right, leaves }: DecodedTrees,
  inputOfSplit: number[],
  classes: number,
): Attributes {
  const step = stepOf(splits, leaves);
  const of = {
    trees: [] as number[],
    ids: [] as number[],
    inputs: [] as number[],
    cuts: [] as number[],
    modes: [] as string[],
    whenTrue: [] as number[],
    whenFalse: [] as number[],
    missing: [] as number[],
  };
  const leaf = { trees: [] as number[], ids: [] as number[], parts: [] as number[], weights: [] as number[] };
  let start = 0;
  for (const [tree, count] of splits.entries()) {
    const idOf = (child: number): number => (child < 0 ? count + ~child : child);
    for (let split = 0; split <= 2 * count; split++) {
      const at = start + split;
      const isSplit = split < count;
      const bySet = isSplit && nulls[at] === BY_SET;
      const [to, otherwise] = bySet ? [right, left] : [left, right]; // 0, at most a half: not in the set
      of.trees.push(tree);
      of.ids.push(split);
      of.modes.push(isSplit ? 'BRANCH_LEQ' : 'LEAF');
      of.inputs.push(isSplit ? inputOfSplit[at]! : 0);
      of.cuts.push(bySet ? 0.5 : isSplit ? cuts[at]! : 0);
      of.whenTrue.push(isSplit ? idOf(to[at]!) : 0);
      of.whenFalse.push(isSplit ? idOf(otherwise[at]!) : 0);
      of.missing.push(isSplit && nulls[at] === 1 ? 1 : 0);
      if (isSplit) continue;
      const number = leaves[start + tree + split - count]!;
      const most = Math.round(number / step) * step;
      for (const [part, weight] of [most, number - most].entries()) {
        leaf.trees.push(tree);
        leaf.ids.push(split);
        leaf.parts.push(2 * (tree % classes) + part);
        leaf.weights.push(weight);
      }
    }
    start += count;
  }
  return {
    n_targets: 2 * classes,
    nodes_treeids: { integers: of.trees },
    nodes_nodeids: { integers: of.ids },
    nodes_featureids: { integers: of.inputs },
    nodes_modes: { texts: of.modes },
    nodes_values: { floats: of.cuts },
    nodes_truenodeids: { integers: of.whenTrue },
    nodes_falsenodeids: { integers: of.whenFalse },
    nodes_missing_value_tracks_true: { integers: of.missing },
    target_treeids: { integers: leaf.trees },
    target_nodeids: { integers: leaf.ids },
    target_ids: { integers: leaf.parts },
    target_weights: { floats: leaf.weights },
  };
}

/** Multiples of this add up in Float32 without an error, in any order: no sum of leaves has more than 24 binary digits. */
function stepOf(splits: readonly number[], leaves: Float64Array): number {
  let [start, most] = [0, 0];
  for (const count of splits) {
    most += leaves.subarray(start, start + count + 1).reduce((furthest, leaf) => Math.max(furthest, Math.abs(leaf)), 0);
    start += count + 1;
  }
  return most === 0 ? 1 : 2 ** (Math.ceil(Math.log2(most)) - 23);
}
