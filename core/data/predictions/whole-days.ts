import type { Partition } from '../data.ts';

/** What a published batch holds. */
export interface HeldBatch {
  window: Partition;
  snapshot: string;
}

/**
 * The snapshot to read a day from whose rows have all been scored in batches, of which the newest come first; null: some have
 * not been.
 */
export function snapshotOfDay(batches: readonly HeldBatch[], { from, to }: Partition): string | null {
  const held = batches.filter(({ window }) => window.from < to && window.to > from);
  let until = from;
  for (const { window } of held.toSorted((a, b) => (a.window.from < b.window.from ? -1 : 1))) {
    if (window.from > until) return null;
    if (window.to > until) until = window.to;
  }
  return until >= to ? held[0]!.snapshot : null;
}
