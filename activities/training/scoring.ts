import { ENTITY, LABEL, TIME, type OwnColumn, type Row } from '../../core/data/data.ts';
import { hash53 } from '../../core/base/hash-53.ts';
import { type ColumnChunk } from '../../core/data/chunks.ts';
import { type Analytics } from '../../core/data/analytics.ts';
import { DAY } from '../../core/time/time.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { type Scorer } from '../../core/model/scorer.ts';
import { type Sampler } from '../../core/explaining/sample.ts';
import { type Slicer } from '../../core/training/slices/slicing.ts';
import { type SplitName } from '../../core/training/training.ts';
import { createPauses } from '../steps/pauses.ts';

/** Turns rows into one number each, or one for each class: a scorer's logits or its calibrated scores. */
export type Score = (chunk: ColumnChunk) => Float64Array;

/** A split's labels with each scorer's scores of the same rows. */
export interface ScoredSplit {
  labels: Float64Array;
  times: Float64Array;
  /** The block of a row: its entity, or its day if the source declares none. */
  blocks: Float64Array;
  /** One a row; of classes, a row's probabilities one after the other. */
  scores: Float64Array[];
}

/** The rows of a chunk one by one, as in requests to the server. */
export function* rowsOf(chunk: ColumnChunk, columns: string[]): Generator<Row> {
  for (let i = 0; i < chunk.rows; i++) {
    const row: Row = {};
    for (const column of columns) row[column] = chunk.columns[column]?.[i] ?? null;
    yield row;
  }
}

/** Few enough that a model of a thousand columns scores them in milliseconds. */
const AT_ONCE = 64;

/** Scores a chunk's rows in small steps, so that no model holds the event loop, however wide. */
export async function scoreChunk(chunk: ColumnChunk, score: Score, pause: () => Promise<void>): Promise<Float64Array> {
  let scores = new Float64Array(chunk.rows);
  for (let from = 0; from < chunk.rows; from += AT_ONCE) {
    const to = Math.min(from + AT_ONCE, chunk.rows);
    const some = Object.entries(chunk.columns).map(([name, values]) => [name, values.slice(from, to)] as const);
    const found = score({ rows: to - from, columns: Object.fromEntries(some) });
    const width = found.length / (to - from);
    if (scores.length !== chunk.rows * width) scores = new Float64Array(chunk.rows * width);
    scores.set(found, from * width);
    await pause();
  }
  return scores;
}

/** Scores by all declared classes. A model that was trained before some were added at the end gives those no chance. */
export function knowingAll({ classes, scoreChunk }: Scorer, { classes: declared }: Pipeline['label']): Score {
  if (!classes || !declared || classes.names.length === declared.length) return scoreChunk;
  const [known, all] = [classes.names.length, declared.length];
  return (chunk) => {
    const scores = scoreChunk(chunk);
    const wider = new Float64Array(chunk.rows * all);
    for (let row = 0; row < chunk.rows; row++) wider.set(scores.subarray(row * known, (row + 1) * known), row * all);
    return wider;
  };
}

/** One number a row: of classes, the probability of the answer. */
export function answered(
  scores: Float64Array,
  rows: number,
  answer: (row: number, width: number) => number,
): Float64Array {
  const width = rows === 0 ? 1 : scores.length / rows;
  if (width === 1) return scores;
  return Float64Array.from({ length: rows }, (_, row) => scores[row * width + answer(row, width)]!);
}

export async function scoreSplit(
  analytics: Pick<Analytics, 'readSplit'>,
  { file, split, columns, byEntity }: { file: string; split: SplitName; columns: string[]; byEntity: boolean },
  scorers: Score[],
  onRows: (rows: number) => void,
  slicers: readonly Slicer[] = [],
  sampler?: Sampler,
): Promise<ScoredSplit> {
  const pause = createPauses();
  const [labels, times, blocks, scores] = [createList(), createList(), createList(), scorers.map(createList)];
  const own: OwnColumn[] = byEntity ? [LABEL, TIME, ENTITY] : [LABEL, TIME];
  for await (const chunk of analytics.readSplit(file, split, columns, own)) {
    const when = Float64Array.from(chunk.own[TIME]!, Number);
    const blockOf = (_: unknown, i: number): number =>
      byEntity ? hash53(String(chunk.own[ENTITY]![i])) : Math.floor(when[i]! / DAY);
    labels.add(Float64Array.from(chunk.own[LABEL]!, Number));
    times.add(when);
    blocks.add(Float64Array.from(when, blockOf));
    for (const [s, score] of scorers.entries()) scores[s]!.add(await scoreChunk(chunk, score, pause));
    for (const slicer of slicers) {
      slicer.add(chunk);
      await pause();
    }
    sampler?.add(chunk);
    onRows(labels.length);
  }
  // Putting a million numbers together takes milliseconds, so others get a turn between two lists.
  const whole = async (list: NumberList): Promise<Float64Array> => {
    await pause();
    return list.all();
  };
  const wholeScores: Float64Array[] = [];
  for (const list of scores) wholeScores.push(await whole(list));
  return { labels: await whole(labels), times: await whole(times), blocks: await whole(blocks), scores: wholeScores };
}

/** Collects numbers that arrive in chunks into one array. */
export function createList() {
  const chunks: Float64Array[] = [];
  let length = 0;
  return {
    add(chunk: Float64Array): void {
      chunks.push(chunk);
      length += chunk.length;
    },
    get length(): number {
      return length;
    },
    all(): Float64Array {
      const numbers = new Float64Array(length);
      let at = 0;
      for (const chunk of chunks.splice(0)) {
        numbers.set(chunk, at);
        at += chunk.length;
      }
      return numbers;
    },
  };
}
export type NumberList = ReturnType<typeof createList>;
