import type { ArtifactOf, TreesModel } from '../model/artifact.ts';
import { decodeTrees, type DecodedTrees } from '../model/kinds/trees.ts';
import { BY_SET } from '../trees/exits/crossings.ts';
import { SET_WORDS } from '../trees/tree.ts';
import { describe, fileName, textFile, type Exportable, type ExportedFile } from './exported.ts';

/** A leaf's number, or a split: to the left go numbers up to `most` (without it all), or these places of levels. */
type Branch =
  number | { input: number; most?: number; levels?: number[]; missing: 'left' | 'right'; left: Branch; right: Branch };

/**
 * Everything as plain numbers and words; the last number is `base` and a leaf of each tree, or their log odds. Of classes,
 * each has its base, and trees follow each other class by class.
 */
export const treesAsJson = (exportable: Exportable<ArtifactOf<'trees'>>): ExportedFile[] => [
  textFile(`${fileName(exportable)}.json`, {
    format: 'perennial/model-1',
    ...describe(exportable),
    ...treesInJson(exportable.model),
  }),
];

export const treesInJson = (model: TreesModel): object => ({
  ...(model.bases ? { bases: model.bases } : { base: model.base }),
  isShare: model.output === 'share',
  trees: branchesOf(decodeTrees(model)),
});

function branchesOf({ splits, inputs, nulls, cuts, left, right, sets, leaves }: DecodedTrees): Branch[] {
  let start = 0;
  return splits.map((count, tree) => {
    const first = start;
    start += count;
    const branch = (node: number): Branch => {
      if (node < 0) return leaves[first + tree + ~node]!;
      const at = first + node;
      const bits = sets.subarray(cuts[at]! * SET_WORDS, (cuts[at]! + 1) * SET_WORDS);
      const isIn = (bit: number): boolean => ((bits[bit >> 5]! >>> (bit & 31)) & 1) === 1;
      const bySet = nulls[at] === BY_SET;
      return {
        input: inputs[at]!,
        ...(!bySet && Number.isFinite(cuts[at]) && { most: cuts[at]! }),
        ...(bySet && { levels: Array.from({ length: 255 }, (_, level) => level).filter((level) => isIn(level + 1)) }),
        missing: (bySet ? isIn(0) : nulls[at] === 1) ? 'left' : 'right',
        left: branch(left[at]!),
        right: branch(right[at]!),
      };
    };
    return branch(count === 0 ? ~0 : 0);
  });
}
