import type { Contrast } from './contrasts.ts';
import { modelOf } from './model.ts';
import type { AlarmState } from './state.ts';

/**
 * By column, how many rows tell what one does that is like no other: by how much more the means of hours vary than such rows
 * would, the more rows the more. What an hour's rows have in common besides, as a mean that wanders, is no part of it.
 */
export function alikeOf(state: AlarmState, contrasts: readonly Contrast[], normal: number): Record<string, number> {
  const byColumn = new Map<string, number[]>();
  for (const { id, column, of, share } of contrasts) {
    if (of !== 'location' && of !== 'levels') continue;
    const past = state.contrasts[id]?.past;
    const model = past && modelOf(past, share, normal);
    if (model) byColumn.set(column, [...(byColumn.get(column) ?? []), model.counts]);
  }
  return Object.fromEntries(
    Array.from(byColumn, ([column, all]) => [column, all.reduce((sum, each) => sum + each) / all.length]),
  );
}
