import { createRandom, type Random } from '../../../core/base/random.ts';
import { BY_SET, type SplitTrees } from '../../../core/trees/exits/crossings.ts';
import { createExits, goesLeft } from '../../../core/trees/exits/exits.ts';
import { SET_WORDS } from '../../../core/trees/tree.ts';
import assert from 'node:assert/strict';

const WIDTH = 6;
const SETS = 5;
/** Few, so that values meet them. */
const CUTS = [-1, -0.5, 0, 0.5, 1];

describe('the exits of trees', () => {
  for (const [size, leaves] of Object.entries({ 'one word': [1, 2, 15, 32], 'two words': [33, 64], more: [65, 200] }))
    it(`are the leaves of a walk, where leaves take ${size}`, () => {
      const random = createRandom(`exits of ${size}`);
      const trees = someTrees(leaves, random);
      const exits = createExits(trees, WIDTH);
      for (let turn = 0; turn < 200; turn++) {
        const input = Float32Array.from({ length: WIDTH }, () => someValue(random));
        exits.read(input);
        assert.deepEqual(leaves.map((_, tree) => exits.valueOf(tree)), walked(trees, input)); // prettier-ignore
      }
    });

  it('are the leaves of a walk for rows that differ in one input, again and again', () => {
    const random = createRandom('variants');
    const sizes = [15, 64, 1, 70];
    const trees = someTrees(sizes, random);
    const exits = createExits(trees, WIDTH);
    for (let turn = 0; turn < 20; turn++) {
      const row = Float32Array.from({ length: WIDTH }, () => someValue(random));
      const variants = Array.from({ length: 10 }, () => row.with(random.integer(WIDTH), someValue(random)));
      for (const input of [row, ...variants, row, row]) {
        exits.read(input);
        assert.deepEqual(sizes.map((_, tree) => exits.valueOf(tree)), walked(trees, input)); // prettier-ignore
      }
    }
  });
});

const someValue = (random: Random): number => random.pick([NaN, Infinity, -Infinity, 0, 1, 2, 0.5, -0.5, -3, 40]);

function walked(trees: SplitTrees, input: Float32Array): number[] {
  return [...trees.roots].map((root) => {
    let node = root;
    while (node >= 0)
      node = goesLeft(trees, node, input[trees.inputs[node]!]!) ? trees.left[node]! : trees.right[node]!;
    return trees.leaves[~node]!;
  });
}

/** Trees with so many leaves each, grown by splitting one of their leaves at a time. */
function someTrees(leaves: readonly number[], random: Random): SplitTrees {
  const [left, right, roots]: number[][] = [[], [], []];
  let leaf = 0;
  for (const count of leaves) {
    const start = left!.length;
    roots!.push(count === 1 ? ~leaf : start);
    const open: [number[], number][] = [];
    for (let split = start; split < start + count - 1; split++) {
      const [side, place] = open.splice(random.integer(open.length), 1)[0] ?? [[], 0];
      side[place] = split;
      open.push([left!, split], [right!, split]);
    }
    for (const [side, place] of open) side[place] = ~leaf++;
    if (count === 1) leaf++;
  }
  const splits = left!.length;
  const nulls = Uint8Array.from({ length: splits }, () => random.integer(3));
  return {
    roots: Int32Array.from(roots!),
    splits: leaves.map((count) => count - 1),
    inputs: Uint16Array.from({ length: splits }, () => random.integer(WIDTH)),
    nulls,
    cuts: Float32Array.from(nulls, (way) => (way === BY_SET ? random.integer(SETS) : random.pick(CUTS))),
    left: Int32Array.from(left!),
    right: Int32Array.from(right!),
    sets: Uint32Array.from({ length: SETS * SET_WORDS }, () => random.integer(2 ** 32)),
    leaves: Float64Array.from({ length: leaf }, () => random.uniform()),
  };
}
