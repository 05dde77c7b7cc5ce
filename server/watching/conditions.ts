import { type Alerts, type Occurrence } from '../../core/alerts/alerts.ts';
import { messageOf } from '../../core/base/errors/errors.ts';
import { type Clock } from '../../core/time/clock.ts';
import { instant } from '../../core/time/time.ts';
import { type Log } from '../shipping/spool.ts';

/** Conditions: a bad one raises an alert once per occasion, a good one resolves it. */
export interface Conditions {
  /** Returns whether it was stored. */
  bad(occurrence: Occurrence, cooldown: string): Promise<boolean>;
  good(fingerprint: string, reason: string): Promise<void>;
  /** False only if no alert is open. A failed write may still have happened. */
  mayBeOpen(fingerprint: string): Promise<boolean>;
  /** Forgets which alerts are open, so they are read again when needed. Call it at the start of a look. */
  refresh(): void;
}

/**
 * Remembers what it stored, so a look every few seconds writes nothing while nothing changes. A failed write is not
 * remembered, so the next look repeats it. The first look reads the open alerts once: a thousand healthy pipelines have
 * nothing to resolve.
 */
export function createConditions({
  alerts,
  clock,
  log,
  by,
}: {
  alerts: Pick<Alerts, 'raise' | 'resolve' | 'open'>;
  clock: Clock;
  log: Log;
  /** The actor that resolves alerts. */
  by: string;
}): Conditions {
  const said = new Map<string, string>();
  const WELL = '';
  const unsaid = new Set<string>();
  let open: Promise<ReadonlySet<string>> | null = null;

  async function mayBeOpen(fingerprint: string): Promise<boolean> {
    const last = said.get(fingerprint);
    if (last !== undefined) return last !== WELL;
    return unsaid.has(fingerprint) || (await (open ??= alerts.open())).has(fingerprint);
  }

  async function write(fingerprint: string, words: string, work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      unsaid.delete(fingerprint);
      return true;
    } catch (error) {
      // Without the database only the log is left; once is enough.
      if (!unsaid.has(fingerprint)) log.error({ fingerprint }, `${words} (not stored: ${messageOf(error)})`);
      unsaid.add(fingerprint);
      return false;
    }
  }

  return {
    async bad(occurrence, cooldown) {
      const { fingerprint, occasion, summary } = occurrence;
      if (said.get(fingerprint) === occasion) return true;
      const written = await write(fingerprint, summary, () => alerts.raise(occurrence, cooldown));
      if (written) {
        said.set(fingerprint, occasion);
        log.warn({ fingerprint }, summary);
      }
      return written;
    },
    async good(fingerprint, reason) {
      if (said.get(fingerprint) === WELL) return;
      const resolution = { at: instant(clock.now()), by, reason };
      const resolve = async (): Promise<unknown> =>
        (await mayBeOpen(fingerprint)) && alerts.resolve(fingerprint, resolution);
      if (await write(fingerprint, reason, resolve)) said.set(fingerprint, WELL);
    },
    mayBeOpen,
    refresh() {
      open = null;
    },
  };
}
