import { versionName } from '../../base/ids.ts';
import type { Partition } from '../../data/data.ts';
import { earliest, floorTo, latest, milliseconds, instant, type Instant } from '../../time/time.ts';
import type { Verdict } from '../verdict.ts';
import { askedFor, isFor, titleOf, type DeclaredReference, type UsedReference } from './kinds/index.ts';

/** A reference that moves ends with the last whole day before the window that is judged by it. */
export const endOfMoving = (window: Partition): Instant => floorTo(window.from, '1 day');

/**
 * The rows of the last days before a window. Those before the drift that a champion was trained for say nothing of it.
 * @param held when the first of the rows that there are begin, and the last of them end
 */
export function lastDays(length: string, window: Partition, held: Partition, driftSince: Instant | null): Partition {
  const to = earliest(endOfMoving(window), held.to);
  const begin = latest(instant(Date.parse(to) - milliseconds(length)), held.from, driftSince ?? held.from);
  return { from: earliest(begin, to), to };
}

type Before = Pick<Verdict, 'version' | 'level' | 'reference'>;

/**
 * The reference of the check before, if this one keeps it: while a drift lasts, its rows must not become what is usual.
 * The holdout that took the place of too few rows stays, too. A tag is looked up each time: only a person moves it.
 */
export function keptReference(
  declared: DeclaredReference,
  previous: Before | null,
  champion: number,
): UsedReference | null {
  if (!previous?.reference || previous.level === 'stable' || previous.version !== champion) return null;
  if (declared !== 'holdout' && 'snapshot' in declared) return null;
  const { reference } = previous;
  const tookItsPlace = reference.kind === 'holdout' && reference.instead !== undefined;
  return tookItsPlace || isFor(reference, declared) ? reference : null;
}

/** Whether a drift that an earlier check told of is still the same: a new champion brings another reference, mostly. */
export const isSameDrift = (previous: Before, now: Pick<Verdict, 'version' | 'reference'>): boolean =>
  previous.version === now.version ||
  (previous.reference?.kind === 'snapshot' &&
    now.reference?.kind === 'snapshot' &&
    previous.reference.snapshot === now.reference.snapshot);

/**
 * Whether two checks of one version compare with the same rows, as far as distances from them go: a reference that moves
 * is the same while it is asked for in the same way, and a tag while it is of the same snapshot.
 */
export function isSameReference(one: Verdict['reference'], other: Verdict['reference']): boolean {
  // Of earlier releases, which compared with the holdout.
  if (!one || !other) return ((one ?? other)?.kind ?? 'holdout') === 'holdout';
  if (one.kind === 'snapshot' && other.kind === 'snapshot') return one.snapshot === other.snapshot;
  return one.kind === other.kind && askedFor(one) === askedFor(other);
}

/** Why the holdout takes the place of a reference. */
export function tooFewInWords(used: UsedReference, rows: number, needed: number): string {
  const [has, needs] = [rows, needed].map((number) => number.toLocaleString('en-US'));
  const when = used.kind === 'snapshot' ? '' : ` up to ${used.to.slice(0, 10)}`;
  return `${titleOf(used)}${when}: ${has} ${rows === 1 ? 'row' : 'rows'}, and a check needs ${needs} (drift.minRows)`;
}

/** Why a check did not use the declared reference, if so. */
export const insteadInWords = (used: UsedReference): string[] =>
  used.kind === 'holdout' && used.instead !== undefined ? [`instead of the declared reference: ${used.instead}`] : [];

/** referenceInWords(used) // => 'Last 30 days (2026-02-16 to 2026-03-18)' */
export const referenceInWords = (used: UsedReference): string =>
  [
    used.kind === 'holdout' ? titleOf(used) : `${titleOf(used)} (${used.from.slice(0, 10)} to ${used.to.slice(0, 10)})`,
    ...insteadInWords(used),
  ].join(', ');

/** Within a sentence: rowsInWords(verdict) // => 'the last 30 days (2026-02-16 to 2026-03-18)', 'what v3 was tested on' */
export function rowsInWords({ version, reference }: Pick<Verdict, 'version' | 'reference'>): string {
  if (!reference || reference.kind === 'holdout') return `what ${versionName(version)} was tested on`;
  const words = referenceInWords(reference);
  return `the ${words[0]!.toLowerCase()}${words.slice(1)}`;
}
