import type { Contrast } from './contrasts.ts';
import { modelOf, type Allowed } from './model.ts';
import type { AlarmState, Past } from './state/state.ts';

/** By its square, the least by which numbers of rows must differ between hours to tell what varies by row from the rest. */
const LEAST_DIFFERENT = 0.08;

/**
 * By column, how many rows tell what one does that is like no other: by how much more the means of hours vary than such rows
 * would, the more rows the more. What an hour's rows have in common besides, as a mean that wanders, is no part of it. Where
 * all hours have about as many rows the two cannot be told apart, and the column is absent.
 */
export function alikeOf(state: AlarmState, contrasts: readonly Contrast[], allowed: Allowed): Record<string, number> {
  const byColumn = new Map<string, number[]>();
  for (const contrast of contrasts) {
    const { id, column, of } = contrast;
    if (of !== 'location' && of !== 'levels') continue;
    const past = state.contrasts[id]?.past;
    const model = past && tellsRowsApart(past) && modelOf(past, contrast, allowed);
    if (model) byColumn.set(column, [...(byColumn.get(column) ?? []), model.counts]);
  }
  return Object.fromEntries(
    Array.from(byColumn, ([column, all]) => [column, all.reduce((sum, each) => sum + each) / all.length]),
  );
}

function tellsRowsApart({ errors: [ofHour], squaredSizes }: Past): boolean {
  const { looks, sizes } = ofHour!;
  return looks * squaredSizes > (1 + LEAST_DIFFERENT) * sizes ** 2;
}
