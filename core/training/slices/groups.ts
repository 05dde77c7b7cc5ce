import { rank } from '../../declaration/redaction/redaction.ts';
import { own } from '../../base/own.ts';
import type { Value } from '../../data/data.ts';
import { NONE } from './slices.ts';
import { createPlaces, rangeBetween, type Slicer } from './slicing.ts';

export interface GrouperOptions {
  column: string;
  /** Where groups of a number begin; absent: each level is a group. */
  cuts?: readonly number[] | undefined;
  sensitive: boolean;
  rows: number;
  stride: number;
}

const MOST_GROUPS = 20;
/** Levels that are told apart while rows stream by; places must fit a byte. */
const MOST_LEVELS = 250;
const [REST, MISSING] = [NONE - 1, NONE];

/** Groups rows by a column's levels (the most frequent of the first 250) or ranges; rows where it is missing are a group too. */
export function createGrouper({ column, cuts, sensitive, rows, stride }: GrouperOptions): Slicer {
  const places = createPlaces(rows, stride);
  const levels = new Map<string, number>();
  const levelOf = (value: Value): number => {
    const level = String(value);
    const known = levels.get(level);
    if (known !== undefined) return known;
    if (levels.size === MOST_LEVELS) return REST;
    levels.set(level, levels.size);
    return levels.size - 1;
  };
  const rangeOf = (value: Value): number => cuts!.filter((cut) => Number(value) >= cut).length;
  const placeOf = cuts ? rangeOf : levelOf;
  return {
    add(chunk) {
      const values = own(chunk.columns, column) ?? [];
      places.add(chunk.rows, (row) => {
        const value = values[row] ?? null;
        return value === null || Number.isNaN(value) ? MISSING : placeOf(value);
      });
    },
    all() {
      const taken = places.all();
      const counts = new Float64Array(NONE + 1);
      for (const place of taken) counts[place]!++;
      const frequent = cuts
        ? Array.from({ length: cuts.length + 1 }, (_, range) => range)
        : [...levels.values()].toSorted((a, b) => counts[b]! - counts[a]! || a - b).slice(0, MOST_GROUPS);
      const of = new Uint8Array(NONE + 1).fill(NONE);
      frequent.forEach((place, group) => (of[place] = group));
      of[MISSING] = frequent.length;
      const names = [...levels.keys()];
      const nameOf = (place: number, group: number): string => {
        if (cuts) return sensitive ? `group ${group + 1} of ${frequent.length}` : rangeBetween(cuts, place);
        return sensitive ? rank(group, frequent.length) : names[place]!;
      };
      return { column, names: [...frequent.map(nameOf), 'missing'], slices: taken.map((place) => of[place]!) };
    },
  };
}
