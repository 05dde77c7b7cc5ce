import type { TreesModel } from '../artifact.ts';
import type { CompiledModel, KindOfModel } from './kinds.ts';
import { decodeNumbers } from '../numbers/weights.ts';
import { messageOf } from '../../base/errors/errors.ts';
import { BY_SET } from '../../trees/exits/crossings.ts';
import { createExits, goesLeft } from '../../trees/exits/exits.ts';
import { sharesOfRow, sharesOfRows, treeContributions } from '../../trees/contributions.ts';
import { SET_WORDS } from '../../trees/tree.ts';
import * as z from 'zod';

const MOST_SPLITS = 65_535;
/** A share beyond these counts as this: its log odds stay finite. */
export const LEAST_SHARE = 1e-9;

export const trees: KindOfModel<TreesModel> = {
  parts: {
    kind: z.literal('trees'),
    output: z.enum(['sum', 'share']),
    base: z.number(),
    bases: z.array(z.number()).optional(),
    splits: z.array(z.int().min(0).max(MOST_SPLITS)),
    inputs: z.base64(),
    nulls: z.base64(),
    cuts: z.base64(),
    left: z.base64(),
    right: z.base64(),
    sets: z.base64(),
    leaves: z.base64(),
    covers: z.base64().optional(),
  },
  problemOf(model, width, outputs) {
    const { bases, splits } = model;
    if ((bases?.length ?? 1) !== outputs || splits.length % outputs !== 0)
      return `${splits.length} trees and ${bases?.length ?? 1} outputs where ${outputs} belong`;
    try {
      return problemOf(decodeTrees(model), width);
    } catch (error) {
      return messageOf(error);
    }
  },
  compile: (model, inputs) => compile(decodeTrees(model), model, new Float32Array(inputs)),
};

export type DecodedTrees = ReturnType<typeof decodeTrees>;

/** Throws a RangeError when an array has another length than belongs. */
export function decodeTrees(model: TreesModel) {
  const { splits } = model;
  const total = splits.reduce((sum, of) => sum + of, 0);
  const sets = Math.floor(atob(model.sets).length / 4 / SET_WORDS) * SET_WORDS;
  return {
    splits,
    inputs: decodeNumbers('Uint16Array', model.inputs, total, 'inputs'),
    nulls: decodeNumbers('Uint8Array', model.nulls, total, 'places of nulls'),
    cuts: decodeNumbers('Float32Array', model.cuts, total, 'cuts'),
    left: decodeNumbers('Int32Array', model.left, total, 'left children'),
    right: decodeNumbers('Int32Array', model.right, total, 'right children'),
    sets: decodeNumbers('Uint32Array', model.sets, sets, 'words of sets'),
    leaves: decodeNumbers('Float64Array', model.leaves, total + splits.length, 'leaves'),
    covers:
      model.covers === undefined
        ? null
        : decodeNumbers('Uint32Array', model.covers, total + splits.length, 'numbers of rows'),
  };
}

/** Whatever the bytes are, a model without a problem scores each row in as many steps as its trees are deep. */
function problemOf(
  { splits, inputs, nulls, cuts, left, right, sets, leaves, covers }: DecodedTrees,
  width: number,
): string | null {
  let start = 0;
  for (const [tree, count] of splits.entries()) {
    const seen = new Uint8Array(2 * count + 1); // splits, then leaves: each is the child of one split, but for the root
    const follows = (parent: number, child: number): boolean => {
      const place = child < 0 ? count + ~child : child;
      if (child < 0 ? ~child > count : child <= parent || child >= count) return false;
      return seen[place]!++ === 0;
    };
    for (let split = 0; split < count; split++) {
      const at = start + split;
      if (inputs[at]! >= width) return `tree ${tree}: splits by input ${inputs[at]}, of ${width}`;
      if (nulls[at]! > BY_SET) return `tree ${tree}: nulls go ${nulls[at]}, which is no side`;
      if (
        nulls[at] === BY_SET &&
        !(Number.isInteger(cuts[at]) && cuts[at]! >= 0 && cuts[at]! * SET_WORDS < sets.length)
      )
        return `tree ${tree}: there is no set ${cuts[at]}`;
      if (Number.isNaN(cuts[at])) return `tree ${tree}: a cut is not a number`;
      if (!follows(split, left[at]!) || !follows(split, right[at]!))
        return `tree ${tree}: the children of split ${split} are not its own`;
    }
    start += count;
  }
  if (covers?.includes(0)) return 'a leaf has learnt from no row';
  return leaves.every(Number.isFinite) ? null : 'a leaf is not a finite number';
}

function compile(
  { splits, inputs, nulls, cuts, left, right, sets, leaves, covers }: DecodedTrees,
  { base, bases = [base], output }: TreesModel,
  input: Float32Array,
): CompiledModel {
  // From here on a child is a place among the splits of all trees, or ~leaf among all leaves.
  const roots = new Int32Array(splits.length);
  let start = 0;
  for (const [tree, count] of splits.entries()) {
    roots[tree] = count === 0 ? ~(start + tree) : start;
    for (const children of [left, right])
      for (let at = start; at < start + count; at++) {
        const child = children[at]!;
        children[at] = child < 0 ? ~(~child + start + tree) : child + start;
      }
    start += count;
  }

  const forest = { roots, splits, inputs, nulls, cuts, left, right, sets, leaves };
  const exits = createExits(forest, input.length);
  const classes = bases.length;

  /** The sum of every `step`th tree, from the first one on. */
  function sumOf(first: number, step: number, from: number): number {
    let total = from;
    for (let tree = first; tree < roots.length; tree += step) total += exits.valueOf(tree);
    return total;
  }
  const sum = (): number => {
    exits.read(input);
    return sumOf(0, 1, base);
  };
  const logitOf = output === 'sum' ? (total: number): number => total : logOdds;
  return {
    input,
    additive: false,
    run: output === 'sum' ? sum : () => logOdds(sum()),
    runAll(into) {
      exits.read(input);
      for (let place = 0; place < classes; place++) {
        const total = sumOf(place, classes, bases[place]!);
        into[place] = output === 'sum' ? total : logShare(total);
      }
    },
    explain(typical) {
      const known = { ...forest, base, goesLeft: (split: number, value: number) => goesLeft(forest, split, value) };
      const shares = covers ? sharesOfRows(known, covers) : sharesOfRow(known, typical);
      const contributions = treeContributions(known, input.length, shares);
      return contributions && { ...contributions, logitOf, from: covers ? 'mean' : 'typical' };
    },
  };
}

/** The shares of all classes, made to add up to 1, are what the softmax of these gives. */
export const logShare = (share: number): number => Math.log(Math.max(LEAST_SHARE, share));

export function logOdds(share: number): number {
  const inside = Math.max(LEAST_SHARE, Math.min(1 - LEAST_SHARE, share));
  return Math.log(inside / (1 - inside));
}
