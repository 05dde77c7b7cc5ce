import {
  answerAlerts,
  backlogAlert,
  backlogFingerprint,
  DISK_NEARLY_FULL,
  diskAlert,
  diskFingerprint,
  loadFingerprint,
  logBacklog,
  queueBacklog,
  spoolBacklog,
  type Backlog,
  type QueueBacklog,
} from '../../core/alerts/load-alerts.ts';
import { INSTALLATION_COOLDOWN } from '../../core/alerts/alerts.ts';
import { roleOf, type Role } from '../../core/base/names.ts';
import { alertLimitsOf } from '../../core/declaration/alert-limits.ts';
import { type TemporalWatch } from '../../core/runs/watch.ts';
import { type Clock } from '../../core/time/clock.ts';
import { HOUR, instant, MINUTE, type Instant } from '../../core/time/time.ts';
import { type Models } from '../serving/models/models.ts';
import { type Spool } from '../shipping/spool.ts';
import { type AnswerWindows } from './answer-windows.ts';
import { type Conditions } from './conditions.ts';

/** Of a spool: from here on predictions are thinned out. It is over well below. */
const SPOOL_HALF_FULL = 0.5;
const SPOOL_EMPTIER = 0.25;
const MOST_UNCOUNTED = 1_000_000;
/** How long work may wait in a queue. Trainings wait for each other. */
const LONGEST_WAIT: Record<Role, number> = { control: 10 * MINUTE, data: 30 * MINUTE, training: 6 * HOUR };

export interface LoadWatchParts {
  windows: Pick<AnswerWindows, 'of'>;
  models: Pick<Models, 'all'>;
  spool: Pick<Spool, 'bytes' | 'maxBytes'>;
  /** The used share of the disk with the server's folder. */
  disk: () => Promise<{ folder: string; used: number }>;
  /** How many logged predictions are not counted yet. */
  uncounted: () => Promise<number>;
  temporal: Pick<TemporalWatch, 'backlogs'>;
  conditions: Conditions;
  clock: Clock;
  replica: string;
}

export interface SeenLoad {
  /** Logged predictions that are not counted; null before the first look. */
  uncounted: number | null;
  backlogs: QueueBacklog[];
}

/** Checks how requests are answered, and that nothing fills up. */
export function watchLoad(parts: LoadWatchParts) {
  const { windows, models, spool, disk, uncounted, temporal, conditions, clock, replica } = parts;
  const now = (): Instant => instant(clock.now());

  async function lookAtBacklog(of: string, backlog: Backlog | null): Promise<void> {
    if (backlog) await conditions.bad(backlogAlert(backlog, now()), INSTALLATION_COOLDOWN);
    else await conditions.good(backlogFingerprint(of), 'it is worked off');
  }

  const seen: SeenLoad = { uncounted: null, backlogs: [] };

  return {
    /** As of the last measurement. */
    seen: (): SeenLoad => seen,

    /** What each process of a server knows of itself. */
    async own(): Promise<void> {
      for (const { pipeline } of models.all()) {
        const server = { replica, pipeline: pipeline.name };
        const alerts = answerAlerts(server, windows.of(pipeline.name), alertLimitsOf(pipeline), now());
        for (const kind of ['errors', 'latency'] as const) {
          const alert = alerts.find((each) => each.kind === kind);
          if (alert) await conditions.bad(alert, pipeline.notifications.cooldown);
          else await conditions.good(loadFingerprint(kind, server), 'the last minutes were within the limit');
        }
      }
      const used = spool.bytes / spool.maxBytes;
      if (used >= SPOOL_HALF_FULL) await lookAtBacklog('', spoolBacklog(replica, used));
      else if (used < SPOOL_EMPTIER) await lookAtBacklog(`spool/${replica}`, null);
    },

    async disk(): Promise<void> {
      const { folder, used } = await disk();
      if (used >= DISK_NEARLY_FULL)
        await conditions.bad(diskAlert(replica, folder, used, now()), INSTALLATION_COOLDOWN);
      else await conditions.good(diskFingerprint(replica), 'there is room again');
    },

    /** What needs the database and Temporal. */
    async measure(): Promise<void> {
      seen.uncounted = await uncounted();
      seen.backlogs = await temporal.backlogs();
    },

    /** Of what was measured last. */
    async backlogs(): Promise<void> {
      const predictions = seen.uncounted ?? 0;
      await lookAtBacklog('log', predictions > MOST_UNCOUNTED ? logBacklog(predictions) : null);
      for (const { queue, tasks, ageMs } of seen.backlogs) {
        const role = roleOf(queue);
        const late = role !== undefined && tasks > 0 && ageMs > LONGEST_WAIT[role];
        await lookAtBacklog(`queue/${queue}`, late ? queueBacklog({ queue, tasks, ageMs }) : null);
      }
    },
  };
}
