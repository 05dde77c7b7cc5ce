import { boolean, booleanColumn } from './boolean.ts';
import { category, categoryColumn } from './category.ts';
import type { ColumnFit, ColumnKind, Found, Limits, ValueType } from './column.ts';
import { hour, hourColumn } from './hour.ts';
import { number, numberColumn } from './number.ts';
import type { EncodingStyle } from '../model/artifact.ts';
import type { Random } from '../base/random.ts';
import type { ColumnBins } from '../data/profiles/binning.ts';
import * as z from 'zod';

export const columnSchema = z.discriminatedUnion('kind', [numberColumn, categoryColumn, booleanColumn, hourColumn]);
export type Column = z.infer<typeof columnSchema>;
export type Columns = Record<string, Column>;
export type ColumnKindName = Column['kind'];

const columnKinds: { [Name in ColumnKindName]: ColumnKind<Extract<Column, { kind: Name }>> } = {
  number,
  category,
  boolean,
  hour,
};
const columnKindOf = (column: Column): ColumnKind<Column> => columnKinds[column.kind] as ColumnKind<Column>;

export const valueTypeOf = ({ kind }: Pick<Column, 'kind'>): ValueType => columnKinds[kind].value;
/** Derives the column from a row's time; null for one that is read. */
export const derivationOf = ({ kind }: Pick<Column, 'kind'>) => columnKinds[kind].derive;
export const votes = ({ kind }: Column): boolean => columnKinds[kind].votes;
export const isSampled = ({ kind }: Column): boolean => columnKinds[kind].sampled;
export const binsFor = ({ kind }: Column, found: Found): ColumnBins => columnKinds[kind].bins(found);
export const fitColumn = (name: string, { kind }: Column, style: EncodingStyle, random: Random): ColumnFit =>
  columnKinds[kind].fit(name, style, random);
export const nullsOf = (column: Column): number => columnKindOf(column).nulls(column);
export const limitsOf = (column: Column): Limits => columnKindOf(column).limits(column);

/** Whether models learn from it. */
export const isFeature = (column: Column): boolean => !('feature' in column && column.feature === false);
export const featuresOf = (columns: Columns): Columns =>
  Object.fromEntries(Object.entries(columns).filter(([, column]) => isFeature(column)));

/** The columns that a source has. */
export const readColumns = <Of extends Pick<Column, 'kind'>>(columns: Record<string, Of>): [string, Of][] =>
  Object.entries(columns).filter(([, column]) => derivationOf(column) === null);

/** The columns that a request sends. */
export const sentColumns = (columns: Columns): [string, Column][] => readColumns(featuresOf(columns));
