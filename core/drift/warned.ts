import { own } from '../base/own.ts';
import { total } from '../data/profiles/profile.ts';
import { DAY, type Instant } from '../time/time.ts';
import type { Pipeline } from '../declaration/pipeline.ts';
import type { Alarm } from './alarm/alarm.ts';
import type { Told } from './alarm/level.ts';
import { excess, thresholdsOf } from './distances/index.ts';
import { isSameReference } from './reference/choose.ts';
import { blindColumns } from './standing.ts';
import type { ColumnDrift, Verdict } from './verdict.ts';

/** What a check says of its alarm. */
export interface JudgedAlarm extends Alarm {
  /** Columns that it is blind for, and that are so much farther from the reference than before that they warn in its place. */
  warned?: string[];
}

/** How far a column lay at most, in multiples of its threshold, in checks of one champion against one reference. */
export interface Farthest {
  since: Instant;
  times: number;
}

/**
 * A column that the alarm is blind for warns when it lies so many times as far as ever before: days of weather are always
 * far from a week of it, so a threshold alone would warn all the time. In 180 quiet days of air quality at 40 stations
 * there was one such warning, with 1.5 there were 18; at five stations none, with 1.5 eleven.
 */
const FARTHER = 2;
/** After so long it is known how far a column lies by day and by night. */
const KNOWN_AFTER = 2 * DAY;

/** What the check before knew, if it was of the same champion and reference: other distances are of other rows. */
export const farthestBefore = (
  previous: Pick<Verdict, 'version' | 'reference' | 'farthest'> | null,
  { version, reference }: Pick<Verdict, 'version' | 'reference'>,
): Verdict['farthest'] =>
  previous?.version === version && isSameReference(previous.reference, reference) ? previous.farthest : undefined;

type Judged = Pick<Verdict, 'asOf' | 'columns' | 'rows' | 'abstained'> & { alarm?: Alarm };

/**
 * Which columns warn in the place of an alarm that is blind for them: those that moved, if their share among all that it
 * is blind for is one that drifts; and what the next check has to know. Of fewer rows than a check needs nothing is told.
 * @param before by column, of the same champion and reference
 */
export function warnedBy(
  { asOf, columns, rows, abstained, alarm }: Judged,
  before: Readonly<Record<string, Farthest>>,
  drift: Pipeline['drift'],
): { warned: string[]; farthest: Record<string, Farthest> } {
  const farthest = { ...before };
  if (!alarm || abstained !== null || Math.min(rows.current, rows.reference) < drift.minRows)
    return { warned: [], farthest };
  const blind = blindColumns(alarm);
  const moved: ColumnDrift[] = [];
  const voting = columns.filter(({ votes, weight }) => votes && weight > 0);
  for (const column of voting) {
    const { column: name, drifted, distances } = column;
    if (alarm.raised.some((raised) => raised.column === name)) continue;
    const known = own(before, name);
    const times = Number(excess(distances, thresholdsOf(drift, name)).toPrecision(3));
    const isKnown = known !== undefined && Date.parse(asOf) - Date.parse(known.since) >= KNOWN_AFTER;
    // What is unusual does not become usual by lasting.
    if (blind.includes(name) && drifted && isKnown && times >= FARTHER * known.times) moved.push(column);
    else farthest[name] = { since: known?.since ?? asOf, times: Math.max(known?.times ?? 0, times) };
  }
  const weightOf = (some: readonly ColumnDrift[]): number => total(some.map(({ weight }) => weight));
  const all = weightOf(voting.filter(({ column }) => blind.includes(column)));
  const isEnough = moved.length > 0 && weightOf(moved) >= drift.warn * all - 1e-9;
  return { warned: isEnough ? moved.map(({ column }) => column) : [], farthest };
}

/** What an alarm told, with the columns that warn in its place. */
export function withWarned(
  told: Told,
  judged: Omit<Judged, 'alarm'>,
  before: Verdict['farthest'],
  drift: Pipeline['drift'],
): Told {
  if (!told.alarm) return before && told.unsure !== undefined ? { ...told, farthest: before } : told;
  const { warned, farthest } = warnedBy({ ...judged, alarm: told.alarm }, before ?? {}, drift);
  return { alarm: { ...told.alarm, ...(warned.length > 0 && { warned }) }, farthest };
}
