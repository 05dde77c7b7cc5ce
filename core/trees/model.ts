import type { TreesModel } from '../model/artifact.ts';
import { BY_SET } from './exits/crossings.ts';
import { encodeNumbers } from '../model/numbers/weights.ts';
import type { TreeColumn } from './table.ts';
import { SET_WORDS, type Tree } from './tree.ts';

/** Trees over bins as trees over values. */
export function modelOf(
  trees: readonly Tree[],
  columns: readonly TreeColumn[],
): Omit<TreesModel, 'kind' | 'output' | 'base' | 'encodings' | 'probe' | 'target' | 'trainedWith'> {
  const total = trees.reduce((sum, tree) => sum + tree.columns.length, 0);
  const inputs = new Uint16Array(total);
  const nulls = new Uint8Array(total);
  const cuts = new Float32Array(total);
  const sets: number[] = [];
  let at = 0;
  for (const tree of trees)
    for (const [split, place] of tree.columns.entries()) {
      const column = columns[place]!;
      const set = tree.sets.subarray(split * SET_WORDS, (split + 1) * SET_WORDS);
      inputs[at] = place;
      if (column.kind === 'level') {
        nulls[at] = BY_SET;
        cuts[at] = sets.length / SET_WORDS;
        sets.push(...set);
      } else {
        nulls[at] = set[0]! & 1;
        cuts[at] = column.cuts[lastIn(set) - 1] ?? Infinity; // past the last cut: all but nulls
      }
      at++;
    }
  const joined = <T extends Int32Array | Float64Array>(of: (tree: Tree) => T): number[] =>
    trees.flatMap((tree) => [...of(tree)]);
  return {
    splits: trees.map((tree) => tree.columns.length),
    inputs: encodeNumbers(inputs),
    nulls: encodeNumbers(nulls),
    cuts: encodeNumbers(cuts),
    left: encodeNumbers(Int32Array.from(joined(({ left }) => left))),
    right: encodeNumbers(Int32Array.from(joined(({ right }) => right))),
    sets: encodeNumbers(Uint32Array.from(sets)),
    leaves: encodeNumbers(Float64Array.from(joined(({ leaves }) => leaves))),
    ...(trees.every(({ covers }) => covers) && {
      covers: encodeNumbers(Uint32Array.from(trees.flatMap(({ covers }) => [...covers!]))),
    }),
  };
}

/** The largest bin in a set. */
function lastIn(set: Uint32Array): number {
  for (let word = SET_WORDS - 1; word >= 0; word--) if (set[word] !== 0) return word * 32 + 31 - Math.clz32(set[word]!);
  return 0;
}
