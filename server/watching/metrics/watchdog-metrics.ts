import { roleOf } from '../../../core/base/names.ts';
import { SECOND } from '../../../core/time/time.ts';
import { type SeenByWatchdog } from '../watchdog.ts';
import { Gauge, type Registry } from 'prom-client';

/** What the watchdog saw at its last look: a scrape asks neither Temporal nor the database. */
export function watchdogMetrics(
  registry: Registry,
  seen: () => SeenByWatchdog,
  disk: () => Promise<{ used: number }>,
): void {
  const registers = [registry];
  /** A value of each role's queue. */
  const perQueue = (name: string, help: string, values: (all: SeenByWatchdog) => Iterable<[string, number]>): void => {
    new Gauge({
      name,
      help,
      labelNames: ['role'],
      registers,
      collect() {
        this.reset();
        for (const [queue, value] of values(seen())) this.set({ role: roleOf(queue) ?? queue }, value);
      },
    });
  };
  new Gauge({
    name: 'perennial_temporal_reachable',
    help: "1 when Temporal answered the watchdog's last question; NaN before the first.",
    registers,
    collect() {
      const { temporal } = seen();
      this.set(temporal === null ? NaN : Number(temporal));
    },
  });
  perQueue(
    'perennial_queue_silence_seconds',
    "For how long no worker has asked a role's queue for work, nor said that it is busy with some.",
    ({ silentMs }) => [...silentMs].map(([queue, ms]) => [queue, ms / SECOND]),
  );
  perQueue('perennial_queue_tasks', "Work that waits in a role's queue, looked at each minute.", ({ backlogs }) =>
    backlogs.map(({ queue, tasks }) => [queue, tasks]),
  );
  perQueue(
    'perennial_queue_oldest_age_seconds',
    "How long the oldest work has waited in a role's queue; 0 when none does.",
    ({ backlogs }) => backlogs.map(({ queue, tasks, ageMs }) => [queue, tasks > 0 ? ageMs / SECOND : 0]),
  );
  new Gauge({
    name: 'perennial_predictions_uncounted',
    help: 'Logged predictions that are not counted for drift checks yet, looked at each minute; NaN before.',
    registers,
    collect() {
      this.set(seen().uncounted ?? NaN);
    },
  });
  new Gauge({
    name: 'perennial_disk_used_ratio',
    help: "The used share of the disk with the server's folder.",
    registers,
    async collect() {
      this.set((await disk().catch(() => ({ used: NaN }))).used);
    },
  });
}
