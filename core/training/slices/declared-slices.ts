import { isRange, type Condition, type Conditions } from '../../declaration/slices.ts';
import { own } from '../../base/own.ts';
import type { Row, Value } from '../../data/data.ts';
import { NONE } from './slices.ts';
import { createPlaces, type Slicer } from './slicing.ts';

export interface DeclaredSlicerOptions {
  name: string;
  conditions: Conditions;
  rows: number;
  stride: number;
}

/** The rows that meet all of a declared slice's conditions. */
export function createDeclaredSlicer({ name, conditions, rows, stride }: DeclaredSlicerOptions): Slicer {
  const tests = Object.entries(conditions).map(([column, condition]) => ({ column, meets: testOf(condition) }));
  const places = createPlaces(rows, stride);
  return {
    add(chunk) {
      const read = tests.map(({ column, meets }) => ({ values: own(chunk.columns, column) ?? [], meets }));
      places.add(chunk.rows, (row) => (read.every(({ values, meets }) => meets(values[row] ?? null)) ? 0 : NONE));
    },
    all: () => ({
      column: tests.map(({ column }) => column).join(' and '),
      names: [name],
      slices: places.all(),
      declared: true,
    }),
  };
}

/** Whether a row is in a slice. A column that it lacks is missing. */
export function membershipOf(conditions: Conditions): (row: Row) => boolean {
  const tests = Object.entries(conditions).map(([column, condition]) => ({ column, meets: testOf(condition) }));
  return (row) => tests.every(({ column, meets }) => meets(own(row, column) ?? null));
}

function testOf(condition: Condition): (value: Value) => boolean {
  if (!isRange(condition)) {
    const wanted = new Set<Value>(Array.isArray(condition) ? condition : [condition]);
    return (value) => wanted.has(isMissing(value) ? null : value);
  }
  const { from = -Infinity, to = Infinity } = condition;
  const isIn =
    from <= to
      ? (value: number): boolean => value >= from && value < to
      : (hour: number): boolean => hour >= from || hour < to;
  return (value) => !isMissing(value) && isIn(Number(value));
}

const isMissing = (value: Value): boolean => value === null || Number.isNaN(value);
