import { type ColumnChunk, type Analytics } from '../core/ports.ts';
import { ENTITY, LABEL, TIME, type OwnColumn, type Row } from '../core/data.ts';
import { DAY } from '../core/time.ts';
import { type SplitName } from '../core/training.ts';

/** Turns rows into one number each: a scorer's logits or its calibrated scores. */
export type Score = (chunk: ColumnChunk) => Float64Array;

/** A split's labels with what each scorer says of the same rows. */
export interface ScoredSplit {
  labels: number[];
  times: number[];
  /** What belongs together: the row's entity, or its day where the source declares none. */
  blocks: string[];
  scores: number[][];
}

/** The rows of a chunk one by one, as the server would be sent them. */
export function* rowsOf(chunk: ColumnChunk, columns: string[]): Generator<Row> {
  for (let i = 0; i < chunk.rows; i++) {
    const row: Row = {};
    for (const column of columns) row[column] = chunk.columns[column]?.[i] ?? null;
    yield row;
  }
}

export async function scoreSplit(
  analytics: Analytics,
  { file, split, columns, byEntity }: { file: string; split: SplitName; columns: string[]; byEntity: boolean },
  scorers: Score[],
  onRows: (rows: number) => void,
): Promise<ScoredSplit> {
  const scored: ScoredSplit = { labels: [], times: [], blocks: [], scores: scorers.map(() => []) };
  const own: OwnColumn[] = byEntity ? [LABEL, TIME, ENTITY] : [LABEL, TIME];
  for await (const chunk of analytics.readSplit(file, split, columns, own)) {
    for (let i = 0; i < chunk.rows; i++) {
      const time = Number(chunk.own[TIME]?.[i]);
      scored.labels.push(Number(chunk.own[LABEL]?.[i]));
      scored.times.push(time);
      scored.blocks.push(byEntity ? String(chunk.own[ENTITY]?.[i]) : String(Math.floor(time / DAY)));
    }
    scorers.forEach((score, s) => scored.scores[s]!.push(...score(chunk)));
    onRows(scored.labels.length);
  }
  return scored;
}
