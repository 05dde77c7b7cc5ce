import { type Columns } from '../../core/columns/index.ts';
import { type DuckDBConnection } from '@duckdb/node-api';

/** A table to learn from. */
export interface DataSet {
  columns: Columns;
  label: 'binary' | 'number' | 'class';
  /** Of a label of classes: "0", "1" and so on. */
  classes?: readonly string[];
  /** Its rows have an order in time; others are only shuffled. */
  inTime: boolean;
  /** Makes the table `whole`: the columns, `label`, and each row's place `i` in time. */
  write(connection: DuckDBConnection, seed: number, tools: Tools): Promise<void>;
}

export interface Tools {
  python: string;
  /** Where files may lie meanwhile. */
  folder: string;
}

/** Any share of nulls is expected. */
export const number = (): Columns[string] => ({ kind: 'number', nulls: 1 });
export const category = (): Columns[string] => ({ kind: 'category', nulls: 1 });
export const numbers = (count: number): Columns =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`n${i}`, number()]));
