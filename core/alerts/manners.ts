import { hears, targetsOf, type Target } from '../channels/index.ts';
import type { Notifications } from '../declaration/notifications.ts';
import { nextMoment, type When } from '../time/cron.ts';
import { after, before, DAY, HOUR, instant, milliseconds, MINUTE, type Instant } from '../time/time.ts';
import { offsetOf } from '../time/zones.ts';
import type { InstalledManners } from './installed.ts';
import { asksToDecide, isSequel, type AlertKind, type Severity, type Telling } from './alerts.ts';

/** A message that nobody has been chosen for yet. */
export interface Unaddressed {
  pipeline: string | null;
  /** null: a digest. */
  kind: AlertKind | null;
  severity: Severity;
  telling: Telling | 'digest';
  /** For `escalated`: the number of the declared step. */
  step: number | null;
  /** How many of the declared steps have been told of its alert. */
  escalated: number;
  /** Whether its alert is silenced now. */
  silenced: boolean;
  /** Until when somebody can decide what it asks for; null where it asks for nothing. */
  decideBy: Instant | null;
  /** Who was sent messages about its alert. */
  heard: Target[];
}

/** Whom a message goes to now, and until when it waits for the others. */
export interface Route {
  targets: Target[];
  waitUntil?: Instant;
}

/**
 * Chooses whom to send a message to. `notifications`: of its pipeline; null for one of the installation, or when the
 * declaration cannot be read.
 */
export function routeOf(
  message: Unaddressed,
  notifications: Notifications | null,
  always: Target[],
  now: Instant,
  installed: InstalledManners = {},
): Route {
  const targets = recipientsOf(message, notifications, always, installed);
  const { quiet = installed.quiet } = notifications ?? {};
  const ends = message.severity !== 'critical' && quiet && targets.length > 0 ? quietUntil(quiet, now) : null;
  const waitUntil = ends !== null && comesTooLate(message, ends) ? null : ends;
  const hushed = message.silenced || waitUntil !== null;
  const hearing = targets.filter((target) => hears(target, { ...message, hushed }));
  if (waitUntil === null) return { targets: hearing };
  // Programs close an incident at once, which wakes nobody: left open, it would swallow the next page.
  return { targets: isSequel(message.telling) ? hearing : [], waitUntil };
}

/** What people need to decide after quiet hours. */
const DECIDING = '2 hours';
const comesTooLate = ({ decideBy, telling }: Unaddressed, ends: Instant): boolean =>
  decideBy !== null && !isSequel(telling) && decideBy < after(ends, DECIDING);

function recipientsOf(
  { pipeline, kind, severity, telling, step, escalated, heard }: Unaddressed,
  notifications: Notifications | null,
  always: Target[],
  installed: InstalledManners,
): Target[] {
  if (isSequel(telling)) return heard;
  const { escalate = installed.escalate ?? [] } = notifications ?? {};
  const declared = notifications ? targetsOf(notifications) : [];
  const digest = pipeline === null ? installed.digest : notifications?.digest;
  if (severity !== 'critical' && kind !== null && digest?.alone && !asksToDecide.includes(kind)) return [];
  // It replaces other messages, so somebody has to read it.
  if (telling === 'digest') return declared.some((target) => hears(target, { telling, severity, hushed: false })) ? declared : always; // prettier-ignore
  const steps = escalate.slice(step ?? 0, step === null ? escalated : step + 1).flatMap(targetsOf);
  return telling === 'escalated' ? steps : [...declared, ...steps, ...always];
}

const daily = (time: string, zone: string, day = '*'): When => {
  const [hour, minute] = time.split(':').map(Number);
  return { cron: `${minute} ${hour} * * ${day}`, zone };
};

type Quiet = NonNullable<Notifications['quiet']>;

/** When the quiet hours end that `at` is in; null outside of them. */
export function quietUntil(quiet: Quiet, at: Instant): Instant | null {
  const { to, zone } = quiet;
  if (!isQuiet(quiet, at)) return null;
  // Where the clock is set back a time comes twice, and a schedule names the first only: count the hours as well.
  const left = (timeOfDay(to) - localTime(zone, at) + DAY) % DAY;
  const counted = instant(new Date(Date.parse(at) + left));
  const named = nextMoment(daily(to, zone), at);
  return named !== null && (named <= counted || isQuiet(quiet, counted)) ? named : counted;
}

const localTime = (zone: string, at: Instant): number => (Date.parse(at) + offsetOf(zone, at)) % DAY;

function isQuiet({ from, to, zone }: Quiet, at: Instant): boolean {
  const local = localTime(zone, at);
  const [begin, end] = [timeOfDay(from), timeOfDay(to)];
  return begin < end ? begin <= local && local < end : begin <= local || local < end;
}

function timeOfDay(time: string): number {
  const [hour, minute] = time.split(':').map(Number);
  return hour! * HOUR + minute! * MINUTE;
}

/** The newest moment at which a digest is due, on Mondays when it is weekly. */
export function digestDue({ every, at, zone }: NonNullable<Notifications['digest']>, now: Instant): Instant | null {
  const when = daily(at, zone, every === 'week' ? '1' : '*');
  let due: Instant | null = null;
  for (let next = nextMoment(when, before(now, '8 days')); next !== null && next <= now; next = nextMoment(when, next))
    due = next;
  return due;
}

/** How many of the declared steps are due for an alert that people were first told about at `since`. */
export const stepsDue = (steps: Notifications['escalate'] = [], since: Instant, now: Instant): number =>
  steps.filter(({ after }) => Date.parse(now) - Date.parse(since) >= milliseconds(after)).length;
