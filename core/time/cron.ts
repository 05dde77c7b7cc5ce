import { instant, type Instant } from './time.ts';
import { Cron } from 'croner';

/** The times that a cron text names in a time zone. */
export interface When {
  cron: string;
  zone: string;
}

const VALUE = '(\\d{1,2}|[A-Za-z]{3})';
const ITEM = `(\\*|${VALUE}(-${VALUE})?)(/\\d{1,2})?`;
const FIELD = `${ITEM}(,${ITEM})*`;
const NICKNAME = '@(yearly|annually|monthly|weekly|daily|midnight|hourly)';
/** What both croner and Temporal accept: croner also has L, W and seconds, and for Temporal a "#" begins a comment. */
const PLAIN = new RegExp(`^\\s*(${NICKNAME}|${FIELD}(\\s+${FIELD}){4})\\s*$`);

/** Both day fields must match, as in Temporal's schedules: cron programs take either one when both are restricted. */
const AS_TEMPORAL = { mode: '5-part', domAndDow: true, sloppyRanges: true } as const;
/** A thousand pipelines share few schedules, and a zone's clock is slower to make than to query. */
const MOST_KEPT = 1_000;
const kept = new Map<string, Cron>();

function cronOf({ cron, zone }: When): Cron {
  const name = `${zone} ${cron}`;
  const made = kept.get(name) ?? new Cron(cron, { ...AS_TEMPORAL, ...(zone === 'UTC' ? { utcOffset: 0 } : { timezone: zone }) }); // prettier-ignore
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(name, made);
  return made;
}

/**
 * True for five fields (minute hour day month weekday) of numbers, names, lists, ranges and steps, and for "@daily" and
 * the like.
 */
export function isCron(text: string): boolean {
  if (!PLAIN.test(text)) return false;
  try {
    return cronOf({ cron: text, zone: 'UTC' }) !== null;
  } catch {
    return false;
  }
}

/**
 * nextMoment({ cron: '0 2 * * *', zone: 'UTC' }, '2026-01-03T02:00:00.000Z') // => '2026-01-04T02:00:00.000Z'
 *
 * null when it never names a date. Around a change of the zone's clock Temporal can name other times, and Temporal
 * decides: docs/decisions/020-schedules-have-zones.md.
 */
export function nextMoment(when: When, after: Instant): Instant | null {
  const next = cronOf(when).nextRun(new Date(after));
  return next && instant(next);
}
