import { contentId } from '../base/ids.ts';
import type { Partition } from '../data/data.ts';
import type { Pipeline, PipelineRef } from '../declaration/pipeline.ts';
import type { Instant } from '../time/time.ts';
import { readingsOf } from './partitions.ts';

/** What columns a place was seen to have, so that a new one is told once. Names, and no values. */
export interface SourceColumns {
  /**
   * Notes those that are there now. What the first look sees is new to nobody. Forgets other places if the revision is the
   * applied one.
   */
  note(pipeline: PipelineRef, place: string, columns: readonly string[], asOf: Instant): Promise<void>;
  /** Those that runs noticed after `from` and up to `to`. */
  noticed(pipeline: string, place: string, within: Partition): Promise<string[]>;
}

/** Where a pipeline's rows are: another table, file or address has columns of its own. */
export const placeOf = (pipeline: Pipeline): string => contentId(readingsOf(pipeline).rows.from);

/** The columns that no declaration of rows or labels reads. */
export function unreadOf(pipeline: Pipeline, columns: readonly string[]): string[] {
  const read = Object.values(readingsOf(pipeline)).flatMap(({ key, time, entity, columns }) => [key, time, entity, ...Object.keys(columns)]); // prettier-ignore
  return columns.filter((column) => !read.includes(column));
}
