import type { ChannelName, Target } from '../channels/index.ts';
import type { Alert, openSeverities, Resolution, Severity, Telling } from './alerts.ts';
import type { Figure } from './figures.ts';
import type { Route, Unaddressed } from './manners.ts';
import { DAY, HOUR, MINUTE, SECOND, type Instant } from '../time/time.ts';

/** A message on its way to one target. */
export interface Delivery extends Target {
  id: string;
  /** null: a digest or a test, which are of no single alert. */
  alert: string | null;
  telling: Telling | 'digest' | 'test';
  severity: Severity;
  subject: string;
  text: string;
  /** For programs; null: a digest, or written by an earlier release. */
  facts: Facts | null;
  attempts: number;
  createdAt: Instant;
  lastError: string | null;
  deliveredAt: Instant | null;
  /** Set after days of failed attempts. */
  givenUpAt: Instant | null;
}

/** An alert as it was when a message about it was written. */
export type Facts = Pick<
  Alert,
  'fingerprint' | 'kind' | 'pipeline' | 'summary' | 'detail' | 'openedAt' | 'lastSeenAt' | 'times' | 'acknowledgedBy'
> & {
  /** The summaries of open alerts that follow from it, the first hundred. */
  explains: string[];
  resolution: Resolution | null;
  /** For people: absent where there are none, and in messages of earlier releases. */
  figures?: Figure[];
};

const MOST_EXPLAINED = 100;

export const factsOf = (
  alert: Alert,
  explains: string[],
  resolution: Resolution | null,
  figures: Figure[] | null = null,
): Facts => {
  const { fingerprint, kind, pipeline, summary, detail, openedAt, lastSeenAt, times, acknowledgedBy } = alert;
  // prettier-ignore
  return { fingerprint, kind, pipeline, summary, detail, openedAt, lastSeenAt, times, acknowledgedBy, explains: explains.slice(0, MOST_EXPLAINED), resolution, ...(figures && { figures }) };
};

/** Messages that are not delivered yet. They are stored with the alerts, so none is lost with a process. */
export interface Outbox {
  /**
   * Addresses some messages to their recipients, unless they wait, those of critical alerts first, after what is left to
   * say of earlier ones of their fingerprints; returns how many it settled, also those for nobody. Of those that waited
   * only what is still true is sent: one message about an alert that is open, none about one that has ended unheard.
   */
  address(route: (message: Unaddressed) => Promise<Route>, now: Instant): Promise<number>;
  /**
   * Leases due deliveries, of one channel or of all, those that were not tried yet and critical ones first: if a server
   * dies with one, another takes it.
   */
  take(limit: number, channel?: ChannelName): Promise<Delivery[]>;
  /** What failed to reach the same recipient before is due at once. */
  delivered(id: string): Promise<void>;
  /** Retries after the pause, unless the message was given up meanwhile; null: never. */
  failed(id: string, error: string, pauseMs: number | null): Promise<void>;
  /** Puts a taken delivery off that nobody tried: it counts as no attempt. */
  held(id: string, why: string, pauseMs: number): Promise<void>;
  counts(): Promise<AlertCounts>;
}

export interface AlertCounts {
  open: Record<(typeof openSeverities)[number], number>;
  /** Deliveries that wait, including those that failed before. */
  waiting: number;
  /** Without tests of channels. */
  givenUp: number;
}

const FIRST_PAUSE = 5 * SECOND;
const LONGEST_PAUSE = 15 * MINUTE;
const PATIENCE = 3 * DAY;

/** A receiver that asks for longer is asked again after this. */
const LONGEST_ASKED = HOUR;

/**
 * The pause before the next attempt, growing to a quarter of an hour, and no shorter than the receiver asked for; null after
 * three days of attempts.
 */
export function pauseAfter(attempts: number, ageMs: number, askedMs = 0): number | null {
  if (isTooOld(ageMs)) return null;
  return Math.max(Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(attempts - 1, 20)), waitAsked(askedMs));
}

/** Whether a message has waited so long that it is given up. */
export const isTooOld = (ageMs: number): boolean => ageMs >= PATIENCE;

/** For how long a receiver that asked for so much is left alone. */
export const waitAsked = (askedMs: number): number => Math.min(LONGEST_ASKED, askedMs);
