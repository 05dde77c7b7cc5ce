import type { Row } from '../data.ts';

/** Rows of single predictions, by their id. */
export interface LoggedRows {
  /** The row as it was scored; null: no such prediction of the pipeline is in the log. */
  row(pipeline: string, id: string): Promise<Row | null>;
}
