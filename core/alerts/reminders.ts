import type { Instant } from '../time/time.ts';
import type { Digest } from './digest.ts';
import type { Alert } from './alerts.ts';

/** What people are told without a new occurrence. */
export interface Reminders {
  /**
   * Frees the open alerts whose cause had ended by `since`, or whose silence is over, unless another one explains them,
   * and tells of those that nobody has taken on and nothing was sent about, or nothing since, or not that they are
   * critical; returns how many it freed.
   */
  release(since: Instant, at: Instant): Promise<number>;
  /** Open alerts that came back soon, so nobody was told of them, and that nobody has silenced or taken on. */
  returned(at: Instant): Promise<Alert[]>;
  /** Tells of one that lasts, once, unless somebody heard of it or took it on meanwhile, or another one explains it. */
  tellReturned(alert: Pick<Alert, 'fingerprint' | 'pipeline' | 'id'>, at: Instant): Promise<void>;
  /** Open critical alerts that nobody has acknowledged or silenced, and since when people know that they are critical. */
  unacknowledged(at: Instant): Promise<(Alert & { sentAt: Instant })[]>;
  /**
   * Tells the declared steps up to this many, each once, unless meanwhile it was acknowledged or ended, became critical
   * anew, or another one explains it.
   */
  escalate(alert: Pick<Alert, 'fingerprint' | 'pipeline' | 'id' | 'criticalSince'>, steps: number): Promise<void>;
  /**
   * Writes the digest of a pipeline, or of the installation (null), that is due at a moment, once, of its alerts since the one before. The first
   * moment only begins the period.
   */
  digest(
    pipeline: string | null,
    at: Instant,
    compose: (period: { from: Instant; to: Instant }, alerts: Alert[]) => Digest | null,
  ): Promise<void>;
}
