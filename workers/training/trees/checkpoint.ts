import { jobId, writeWholeText } from '../whole-file.ts';
import { type Survey } from '../survey.ts';
import { decodeNumbers, encodeNumbers } from '../../../core/model/numbers/weights.ts';
import { type TrainingJob } from '../../../core/training/trainer.ts';
import { type TreeColumn } from '../../../core/trees/table.ts';
import { SET_WORDS, type Tree } from '../../../core/trees/tree.ts';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where a training stands after a tree. Scores are not in it: the trees give the same ones again. */
export interface TreesState {
  survey: Survey;
  /** Rows of a block and of the selection split: trees are grown and judged by them, also on another worker. */
  inMemory: { train: number; selection: number };
  columns: TreeColumn[] | null;
  trees: Tree[];
  best: { trees: number; loss: number };
  /** What its trees lower, by name; absent from checkpoints of earlier releases. */
  loss?: string;
  /** Of all attempts together. */
  seconds: number;
}

/** Writes a training's checkpoints: all of its trees, each encoded once. A file is whole or not there. */
export function createCheckpoints(job: TrainingJob): (state: TreesState) => Promise<string> {
  const encoded: string[] = [];
  let fixed: string | null = null;
  return (state) => {
    const { survey, inMemory, columns, trees, ...now } = state;
    fixed ??= JSON.stringify({ job: jobId(job), survey, inMemory, columns: columns!.map(encodeColumn) });
    for (const tree of trees.slice(encoded.length)) encoded.push(JSON.stringify(encodeTree(tree)));
    return writeWholeText(
      join(job.folder, `checkpoint-${trees.length}.json`),
      `${fixed.slice(0, -1)},"trees":[${encoded.join(',')}],${JSON.stringify(now).slice(1)}`,
    );
  };
}

const encodeColumn = (column: TreeColumn): StoredCheckpoint['columns'][number] =>
  column.kind === 'level' ? column : { ...column, cuts: encodeNumbers(column.cuts), bins: column.cuts.length };

const encodeTree = ({ columns, sets, left, right, leaves, covers }: Tree): StoredTree => ({
  splits: columns.length,
  columns: encodeNumbers(columns),
  sets: encodeNumbers(sets),
  left: encodeNumbers(left),
  right: encodeNumbers(right),
  leaves: encodeNumbers(leaves),
  ...(covers && { covers: encodeNumbers(covers) }),
});

/** Throws when the file is unreadable or belongs to another job. */
export async function readCheckpoint(job: TrainingJob, file: string): Promise<TreesState> {
  const stored = JSON.parse(await readFile(file, 'utf8')) as StoredCheckpoint;
  if (stored.job !== jobId(job) || !stored.inMemory)
    throw new Error('it belongs to another candidate, seed, set of columns or release');
  return {
    survey: stored.survey,
    inMemory: stored.inMemory,
    columns: stored.columns.map((column) =>
      column.kind === 'level'
        ? column
        : { kind: 'value', direction: column.direction, cuts: decodeNumbers('Float32Array', column.cuts, column.bins) },
    ),
    trees: stored.trees.map(({ splits, ...tree }) => ({
      columns: decodeNumbers('Uint16Array', tree.columns, splits),
      sets: decodeNumbers('Uint32Array', tree.sets, splits * SET_WORDS),
      left: decodeNumbers('Int32Array', tree.left, splits),
      right: decodeNumbers('Int32Array', tree.right, splits),
      leaves: decodeNumbers('Float64Array', tree.leaves, splits + 1),
      ...(tree.covers !== undefined && { covers: decodeNumbers('Uint32Array', tree.covers, splits + 1) }),
    })),
    best: stored.best,
    ...(stored.loss !== undefined && { loss: stored.loss }),
    seconds: stored.seconds,
  };
}

type StoredTree = Record<Exclude<keyof Tree, 'covers'>, string> & { splits: number; covers?: string };
type Value = Extract<TreeColumn, { kind: 'value' }>;
interface StoredCheckpoint extends Pick<TreesState, 'survey' | 'best' | 'loss' | 'seconds'> {
  job: string;
  inMemory?: TreesState['inMemory'];
  columns: (Extract<TreeColumn, { kind: 'level' }> | (Omit<Value, 'cuts'> & { cuts: string; bins: number }))[];
  trees: StoredTree[];
}
