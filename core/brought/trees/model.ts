import type { Row } from '../../data/data.ts';
import type { Encoding, TreesModel } from '../../model/artifact.ts';
import { logOdds, logShare } from '../../model/kinds/trees.ts';
import { BY_SET } from '../../trees/exits/crossings.ts';
import { typicalRow } from '../../model/effects/typical.ts';
import { encodeNumbers } from '../../model/numbers/weights.ts';
import { SET_WORDS } from '../../trees/tree.ts';
import type { FileTree, Split } from './ensemble.ts';
import { lastOf, type Path } from './path.ts';

/** The sum of what the leaves say, or a share of positives. */
export interface Forest {
  trees: readonly FileTree[];
  output: 'sum' | 'share';
  base: number;
  /** Of several classes: where each begins. Their trees take turns. */
  bases?: number[];
  /** What a leaf adds. */
  leafOf(says: ReadonlyMap<number, number>): number;
}

const MOST_SPLITS_OF_A_TREE = 65_535;
/** As a set of levels has bits for, besides the one of null. */
const MOST_LEVELS = 254;
const MOST_SETS = 100_000;
/** Rows against which the model is checked whenever it is loaded. */
const MOST_PROBES = 60;

/** One column as a tree of ours reads it. */
interface Column {
  encoding: Extract<Encoding, { kind: 'value' | 'level' }>;
  place: number;
  cuts: number[];
}

/** A forest of a file as one of ours: the same side at each split for every row, whatever its numbers. */
export function forestModel(forest: Forest, anyColumn: Path, of: Pick<TreesModel, 'target' | 'classes'>): TreesModel {
  const { trees, output, base, bases, leafOf } = forest;
  const columns = columnsOf(trees, anyColumn);
  const sets = new Map<string, { place: number; words: Uint32Array }>();
  const total = trees.reduce((sum, { splits }) => sum + splits.length, 0);
  const [inputs, nulls, cuts] = [new Uint16Array(total), new Uint8Array(total), new Float32Array(total)];
  const [left, right] = [new Int32Array(total), new Int32Array(total)];
  let at = 0;
  for (const [tree, { splits }] of trees.entries()) {
    if (splits.length > MOST_SPLITS_OF_A_TREE)
      throw new RangeError(`tree ${tree} has more than ${MOST_SPLITS_OF_A_TREE} splits`);
    for (const split of splits) {
      const column = columns.get(split.path.column)!;
      const ours = column.encoding.kind === 'level' ? byLevels(split, column.encoding.levels, sets) : byNumber(split);
      inputs[at] = column.place;
      [nulls[at], cuts[at]] = [ours.nulls, ours.cut];
      [left[at], right[at]] = ours.yesIsLeft ? [split.yes, split.no] : [split.no, split.yes];
      if (column.encoding.kind === 'value') column.cuts.push(ours.cut);
      at++;
    }
  }
  for (const { encoding, cuts } of columns.values()) if (encoding.kind === 'value') encoding.usual = middleOf(cuts);
  const words = new Uint32Array(sets.size * SET_WORDS);
  for (const { place, words: set } of sets.values()) words.set(set, place * SET_WORDS);
  const encodings = Array.from(columns.values(), ({ encoding }) => encoding);
  const rows = probeRows([...columns.values()]);
  return {
    kind: 'trees',
    encodings,
    output,
    base,
    ...(bases && { bases }),
    splits: trees.map(({ splits }) => splits.length),
    inputs: encodeNumbers(inputs),
    nulls: encodeNumbers(nulls),
    cuts: encodeNumbers(cuts),
    left: encodeNumbers(left),
    right: encodeNumbers(right),
    sets: encodeNumbers(words),
    leaves: encodeNumbers(Float64Array.from(trees.flatMap(({ leaves }) => leaves.map(leafOf)))),
    ...of,
    probe: { rows, logits: rows.flatMap((row) => outputsOf(forest, row)) },
    trainedWith: { backend: 'none', epochs: 0, trees: trees.length, rows: 0, seconds: 0 },
  };
}

function columnsOf(trees: readonly FileTree[], anyColumn: Path): Map<string, Column> {
  const columns = new Map<string, Column>();
  const levels = new Map<string, Set<string>>();
  const add = ({ column, levels: texts }: Path): void => {
    const known = columns.get(column);
    if (!known)
      columns.set(column, {
        encoding: texts ? { kind: 'level', column, levels: [] } : { kind: 'value', column, usual: 0 },
        place: columns.size,
        cuts: [],
      });
    if (!texts) return;
    const all = levels.get(column) ?? levels.set(column, new Set()).get(column)!;
    for (const level of texts.known.keys()) all.add(level);
    if (all.size > MOST_LEVELS) throw new RangeError(`it knows more than ${MOST_LEVELS} texts of "${column}"`);
  };
  const added = new Set<Path>();
  for (const { splits } of trees)
    for (const { path } of splits) if (!added.has(path)) add(added.add(path) && path);
  if (columns.size === 0) add(anyColumn);
  for (const { encoding } of columns.values())
    if (encoding.kind === 'level') encoding.levels = [...levels.get(encoding.column)!];
  return columns;
} // prettier-ignore

interface OurSplit {
  cut: number;
  nulls: number;
  yesIsLeft: boolean;
}

function byNumber({ path, asks, ordered }: Split): OurSplit {
  if (!ordered) throw new RangeError(`it asks whether the number "${path.column}" is equal to another`);
  const { cut, holds } = lastOf((x) => asks(path.compute(x)));
  if (cut === -Infinity) throw new RangeError(`it compares "${path.column}" with less than a Float32 holds`);
  return { cut, nulls: asks(path.compute(NaN)) === holds ? 1 : 0, yesIsLeft: holds };
}

function byLevels({ path: { levels: texts, compute }, asks }: Split, levels: readonly string[], sets: Map<string, { place: number; words: Uint32Array }>): OurSplit {
  const { known, other } = texts!;
  const words = new Uint32Array(SET_WORDS);
  for (const [bit, x] of [other, ...levels.map((level) => known.get(level) ?? other)].entries())
    if (asks(compute(x))) words[bit >> 5]! |= 1 << (bit & 31);
  const key = words.join();
  const set = sets.get(key) ?? sets.set(key, { place: sets.size, words }).get(key)!;
  if (sets.size > MOST_SETS) throw new RangeError(`it parts texts in more than ${MOST_SETS} ways`);
  return { cut: set.place, nulls: BY_SET, yesIsLeft: true };
} // prettier-ignore

/** What a column usually is, as far as its cuts tell. */
const middleOf = (cuts: readonly number[]): number => {
  const finite = cuts.filter(Number.isFinite).sort((a, b) => a - b);
  return finite[Math.floor(finite.length / 2)] ?? 0;
};

/** The typical row, and others: each has one column at a cut, at a level, or null. */
function probeRows(columns: readonly Column[]): Row[] {
  const usual = typicalRow(columns.map(({ encoding }) => encoding));
  const each = Math.max(1, Math.floor(MOST_PROBES / columns.length));
  const others = columns.flatMap(({ encoding, cuts }): Row[] => {
    const values = encoding.kind === 'level' ? encoding.levels : cuts.filter(Number.isFinite);
    const step = Math.max(1, Math.ceil(values.length / each));
    return [null, ...values.filter((_, i) => i % step === 0)].map((value) => ({ ...usual, [encoding.column]: value }));
  });
  return [usual, ...others].slice(0, 2 * MOST_PROBES);
}

/** As the file has it, node by node. */
function outputsOf({ trees, output, base, bases, leafOf }: Forest, row: Row): number[] {
  const sums = [...(bases ?? [base])];
  for (const [tree, { splits, leaves }] of trees.entries()) {
    let node = splits.length === 0 ? ~0 : 0;
    while (node >= 0) {
      const { path, asks, yes, no } = splits[node]!;
      node = asks(path.compute(rawOf(path, row))) ? yes : no;
    }
    sums[tree % sums.length]! += leafOf(leaves[~node]!);
  }
  return output === 'sum' ? sums : sums.map(bases ? logShare : logOdds);
}

function rawOf({ column, levels }: Path, row: Row): number {
  const value = row[column] ?? null;
  if (levels) return value === null ? levels.other : (levels.known.get(String(value)) ?? levels.other);
  return typeof value === 'number' && Number.isFinite(value) ? Math.fround(value) : NaN;
}
