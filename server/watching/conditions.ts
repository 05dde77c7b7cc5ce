import { type Alerts, type Occurrence } from '../../core/alerts/alerts.ts';
import { messageOf } from '../../core/base/errors.ts';
import { type Clock } from '../../core/time/clock.ts';
import { instant } from '../../core/time/time.ts';
import { type Log } from '../shipping/spool.ts';

/** Things that are well or not: an alert is raised once per occasion while they are not, and resolved once they are. */
export interface Conditions {
  /** Returns whether it is written down. */
  bad(occurrence: Occurrence, cooldown: string): Promise<boolean>;
  good(fingerprint: string, reason: string): Promise<void>;
  /** False only where no alert is open. What could not be written may have been, though nobody heard that it was. */
  mayBeOpen(fingerprint: string): Promise<boolean>;
  /** Which alerts are open is read again when next it matters. To be called as a look begins. */
  refresh(): void;
}

/**
 * Remembers what was said, so that a look every few seconds writes nothing while nothing changes. What could not be
 * written is written at the next look, for nothing is remembered of it. At the first look the open alerts are read once:
 * a thousand pipelines that are well have nothing to resolve.
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
  /** Who finds that something is over. */
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
      // The log is all there is when the database is away; once is enough.
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
