import type { EncodingStyle } from '../model/artifact.ts';
import type { ColumnFit, ColumnKind } from './column.ts';
import { categoryBins } from '../data/profiles/binning.ts';
import { feature, sensitive, share, strict } from '../base/schema.ts';
import * as z from 'zod';

/** An input a level; or the levels of one value, whose places fit a byte. */
const MOST_LEVELS: Record<EncodingStyle, number> = {
  sums: 5_000,
  values: 254,
  robust: 1_000,
  pieces: 1_000,
};
/** Inputs that further levels take turns at, where a network reads them. */
const SHARED: Record<EncodingStyle, number> = { sums: 0, values: 0, robust: 256, pieces: 256 };
/** With fewer rows a level's weight would learn only noise. */
const FEWEST_ROWS = 10;
/**
 * Of a column with more levels than this, a sum reads those with fewer rows, too: together they may be most rows, and the
 * penalty keeps their weights small.
 */
const MANY = 50;
const FEWEST_ROWS_OF_MANY = 3;
/** Levels counted at a time; if a column has more, the rarest are forgotten as it streams by. */
const MOST_COUNTED = 20_000;

export const categoryColumn = strict({
  kind: z.literal('category'),
  levels: z.array(z.string()).min(1).optional(),
  nulls: share.default(0),
  sensitive,
  feature,
});

export const category: ColumnKind<z.infer<typeof categoryColumn>> = {
  value: 'text',
  derive: null,
  votes: true,
  nulls: ({ nulls }) => nulls,
  limits: ({ levels }) => ({ levels }),
  sampled: false,
  bins: ({ levels }) => categoryBins(levels),
  fit,
};

function fit(column: string, style: EncodingStyle): ColumnFit {
  const counts = new Map<string, number>();
  return {
    add(value) {
      if (value === null) return;
      const level = String(value);
      counts.set(level, (counts.get(level) ?? 0) + 1);
      if (counts.size > MOST_COUNTED) forgetRare(counts);
    },
    finish() {
      const isMany = style === 'sums' && counts.size > MANY;
      const byRows = [...counts]
        .filter(([, rows]) => rows >= (isMany ? FEWEST_ROWS_OF_MANY : FEWEST_ROWS))
        .sort(([a, rowsA], [b, rowsB]) => rowsB - rowsA || (a < b ? -1 : 1))
        .map(([level]) => level);
      const levels = byRows.slice(0, MOST_LEVELS[style]);
      if (style === 'values') return { kind: 'level', column, levels };
      const further = byRows.slice(levels.length);
      const inputs = Math.min(SHARED[style], further.length);
      return { kind: 'category', column, levels, ...(inputs > 0 && { shared: { inputs, levels: further } }) };
    },
  };
}

function forgetRare(counts: Map<string, number>): void {
  for (let rare = 1; counts.size > MOST_COUNTED / 2; rare *= 2)
    for (const [level, rows] of counts) if (rows <= rare) counts.delete(level);
}
