import { pointsFor } from './quadrature.ts';
import type { Contributions } from '../model/kinds/kinds.ts';

/** Trees whose children are places among all splits, or ~leaf among all leaves. */
export interface Forest {
  roots: Int32Array;
  inputs: Uint16Array;
  left: Int32Array;
  right: Int32Array;
  leaves: Float64Array;
  /** What the sum begins with. */
  base: number;
  goesLeft(split: number, value: number): boolean;
}

/** Trees deeper than this would need a deep stack; no recipe grows them. */
const DEEPEST = 200;

/**
 * How far each input moved the sum of the trees: exact Shapley values of the game in which an unknown input sends
 * `leftShare` of a row to the left. With the shares of the rows a tree learnt from these are the values of TreeSHAP
 * (Lundberg et al., "From local explanations to global understanding with explainable AI for trees", 2020:
 * https://doi.org/10.1038/s42256-019-0138-9). With those of one row, 0 or 1, they compare with this row.
 *
 * A leaf's worth is a product over the inputs on its path, so its Shapley values are integrals of a polynomial (Owen,
 * "Multilinear extensions of games", 1972), which a few points give exactly. One walk through a tree sums them for all
 * of its leaves. Null for trees that are too deep.
 */
export function treeContributions(forest: Forest, width: number, leftShare: Float64Array): Contributions | null {
  const { roots, inputs, left, right, leaves, goesLeft } = forest;
  const shape = shapeOf(forest, width);
  if (shape === null) return null;
  const { points, weights } = pointsFor(Math.ceil(shape.mostInputs / 2));
  const count = points.length;
  const room = count * (shape.depth + 1);
  /** By depth and point: the product over the path, the sum over the leaves below, and what splits above say. */
  const products = new Float64Array(room);
  const sums = new Float64Array(room);
  const above = new Float64Array(room);
  /** By input, on the path to here: whether the row goes this way, and the share of rows that do if it is unknown. */
  const goes = new Float64Array(width).fill(1);
  const shares = new Float64Array(width).fill(1);

  function walk(node: number, depth: number, row: Float32Array, into: Float64Array): void {
    const at = depth * count;
    if (node < 0) {
      const value = leaves[~node]!;
      for (let q = 0; q < count; q++) sums[at + q] = value * products[at + q]!;
      return;
    }
    const input = inputs[node]!;
    const isLeft = goesLeft(node, row[input]!);
    const [went, share] = [goes[input]!, shares[input]!];
    for (let q = 0; q < count; q++) {
      sums[at + q] = 0;
      // What splits above say of the input: this split takes their place.
      above[at + q] = 1 / (points[q]! * went + (1 - points[q]!) * share);
    }
    const below = at + count;
    for (let side = 0; side < 2; side++) {
      const goesOn = (side === 0) === isLeft ? went : 0;
      const shareOn = share * (side === 0 ? leftShare[node]! : 1 - leftShare[node]!);
      if (goesOn === 0 && shareOn === 0) continue; // neither the row nor what stands for it gets there
      for (let q = 0; q < count; q++) {
        const factor = points[q]! * goesOn + (1 - points[q]!) * shareOn;
        products[below + q] = products[at + q]! * factor * above[at + q]!;
      }
      goes[input] = goesOn;
      shares[input] = shareOn;
      walk(side === 0 ? left[node]! : right[node]!, depth + 1, row, into);
      let moved = 0;
      for (let q = 0; q < count; q++) {
        const factor = points[q]! * goesOn + (1 - points[q]!) * shareOn;
        const said = (goesOn - shareOn) / factor - (went - share) * above[at + q]!;
        moved += weights[q]! * sums[below + q]! * said;
        sums[at + q]! += sums[below + q]!;
      }
      into[input]! += moved;
    }
    goes[input] = went;
    shares[input] = share;
  }

  function meanOf(node: number): number {
    if (node < 0) return leaves[~node]!;
    const share = leftShare[node]!;
    return (share > 0 ? share * meanOf(left[node]!) : 0) + (share < 1 ? (1 - share) * meanOf(right[node]!) : 0);
  }
  const base = roots.reduce((sum, root) => sum + meanOf(root), forest.base);

  return {
    base,
    of(row, into) {
      const before = into.reduce((sum, each) => sum + each, 0);
      for (const root of roots) {
        products.fill(1, 0, count);
        walk(root, 0, row, into);
      }
      return base + into.reduce((sum, each) => sum + each, 0) - before;
    },
  };
}

/** How deep the trees are, and by how many inputs a path splits at most. */
function shapeOf({ roots, inputs, left, right }: Forest, width: number): { depth: number; mostInputs: number } | null {
  const splitsBy = new Uint8Array(width);
  const shape = { depth: 0, mostInputs: 1 };
  function look(node: number, depth: number, met: number): boolean {
    if (depth > DEEPEST) return false;
    shape.depth = Math.max(shape.depth, depth);
    shape.mostInputs = Math.max(shape.mostInputs, met);
    if (node < 0) return true;
    const input = inputs[node]!;
    const isNew = splitsBy[input] === 0 ? 1 : 0;
    splitsBy[input] = 1;
    const fits = look(left[node]!, depth + 1, met + isNew) && look(right[node]!, depth + 1, met + isNew);
    if (isNew) splitsBy[input] = 0;
    return fits;
  }
  return roots.every((root) => look(root, 0, 0)) ? shape : null;
}

/** Of each split: the share of the rows that go left, from how many rows each leaf has. */
export function sharesOfRows({ left, right }: Forest, covers: ArrayLike<number>): Float64Array {
  const shares = new Float64Array(left.length);
  // A child comes after its parent, so the last split has leaves only.
  const rows = new Float64Array(left.length);
  const rowsOf = (child: number): number => (child < 0 ? covers[~child]! : rows[child]!);
  for (let node = left.length - 1; node >= 0; node--) {
    rows[node] = rowsOf(left[node]!) + rowsOf(right[node]!);
    shares[node] = rowsOf(left[node]!) / rows[node]!;
  }
  return shares;
}

/** Of each split: 1 where this row goes left. */
export const sharesOfRow = ({ inputs, goesLeft }: Forest, row: Float32Array): Float64Array =>
  Float64Array.from(inputs, (input, node) => (goesLeft(node, row[input]!) ? 1 : 0));
