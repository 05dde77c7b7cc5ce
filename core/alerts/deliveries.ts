import type { Target } from '../channels/index.ts';
import type { Severity, Telling } from './alerts.ts';
import { DAY, MINUTE, SECOND, type Instant } from '../time/time.ts';

/** A message on its way to one target. */
export interface Delivery extends Target {
  id: string;
  alert: string;
  telling: Telling;
  subject: string;
  text: string;
  attempts: number;
  createdAt: Instant;
  lastError: string | null;
  deliveredAt: Instant | null;
  /** Set when it was tried for days in vain. */
  givenUpAt: Instant | null;
}

/** What has been told and not delivered yet. Kept where the alerts are, so nothing of it is lost with a process. */
export interface Outbox {
  /** Addresses what was told since to those who want to know it; returns how many deliveries that made. */
  address(targetsOf: (pipeline: string | null) => Promise<Target[]>): Promise<number>;
  /** Takes due deliveries for a while: whoever dies with one leaves it to the next. */
  take(limit: number): Promise<Delivery[]>;
  delivered(id: string): Promise<void>;
  /** Tries again after the pause; null: never again. */
  failed(id: string, error: string, pauseMs: number | null): Promise<void>;
  counts(): Promise<AlertCounts>;
}

export interface AlertCounts {
  open: Record<Severity, number>;
  /** Deliveries that wait, among them those that failed before. */
  waiting: number;
  givenUp: number;
}

const FIRST_PAUSE = 5 * SECOND;
const LONGEST_PAUSE = 15 * MINUTE;
const PATIENCE = 3 * DAY;

/** The pause before the next attempt, growing to a quarter of an hour; null when it has been tried for three days. */
export const pauseAfter = (attempts: number, ageMs: number): number | null =>
  ageMs >= PATIENCE ? null : Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(attempts - 1, 20));
