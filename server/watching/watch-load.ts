import {
  allClear,
  answerAlerts,
  answerKinds,
  backlogAlert,
  backlogFingerprint,
  DISK_NEARLY_FULL,
  diskFingerprint,
  loadFingerprint,
  logBacklog,
  queueBacklog,
  serverDiskAlert,
  spoolBacklog,
  workerDiskAlert,
  workerDiskFingerprint,
  type Backlog,
  type QueueBacklog,
} from '../../core/alerts/rules/load-alerts.ts';
import { INSTALLATION_COOLDOWN } from '../../core/alerts/alerts.ts';
import { roleOf, type Role } from '../../core/base/names.ts';
import { alertLimitsOf } from '../../core/declaration/alert-limits.ts';
import { type Disks, type DiskUse } from '../../core/runs/disks.ts';
import { type TemporalWatch } from '../../core/runs/watch.ts';
import { type Clock } from '../../core/time/clock.ts';
import { HOUR, instant, MINUTE, SECOND, type Instant } from '../../core/time/time.ts';
import { type Models } from '../serving/models/models.ts';
import { type Spool } from '../shipping/spool.ts';
import { type AnswerWindows } from './answer-windows.ts';
import { type Conditions } from './conditions.ts';

/** Of a spool: from here on predictions are thinned out. It is over well below. */
const SPOOL_HALF_FULL = 0.5;
const SPOOL_EMPTIER = 0.25;
const MOST_UNCOUNTED = 1_000_000;
/** A worker that has been silent for longer opens no alert, and after an hour ends what it opened. */
const WORKER_HEARD = 5 * MINUTE;
const WORKER_FORGOTTEN = HOUR;
/** How long work may wait in a queue. Trainings wait for each other. */
const LONGEST_WAIT: Record<Role, number> = { control: 10 * MINUTE, data: 30 * MINUTE, training: 6 * HOUR };

export interface LoadWatchParts {
  windows: Pick<AnswerWindows, 'of'>;
  models: Pick<Models, 'all'>;
  spool: Pick<Spool, 'bytes' | 'maxBytes'>;
  /** The disk with the server's folder. */
  disk: () => Promise<DiskUse>;
  disks: Disks;
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
  const { windows, models, spool, disk, disks, uncounted, temporal, conditions, clock, replica } = parts;
  const now = (): Instant => instant(clock.now());

  async function lookAtBacklog(of: string, backlog: Backlog | null): Promise<void> {
    if (backlog) await conditions.bad(backlogAlert(backlog, now()), INSTALLATION_COOLDOWN);
    else await conditions.good(backlogFingerprint(of), 'it is worked off');
  }

  let mine: DiskUse | null = null;
  const seen: SeenLoad = { uncounted: null, backlogs: [] };

  return {
    /** As of the last measurement. */
    seen: (): SeenLoad => seen,

    /** What each process of a server knows of itself. */
    async own(): Promise<void> {
      for (const { pipeline } of models.all()) {
        const server = { replica, pipeline: pipeline.name };
        const window = windows.of(pipeline.name);
        const limits = alertLimitsOf(pipeline);
        const alerts = answerAlerts(server, window, limits, now());
        for (const kind of answerKinds) {
          const alert = alerts.find((each) => each.kind === kind);
          const over = allClear(kind, window, limits);
          if (alert) await conditions.bad(alert, pipeline.notifications.cooldown);
          else if (over !== null) await conditions.good(loadFingerprint(kind, server), over);
        }
      }
      const used = spool.bytes / spool.maxBytes;
      if (used >= SPOOL_HALF_FULL) await lookAtBacklog('', spoolBacklog(replica, used));
      else if (used < SPOOL_EMPTIER) await lookAtBacklog(`spool/${replica}`, null);
    },

    async disk(): Promise<void> {
      mine = await disk();
      if (mine.used >= DISK_NEARLY_FULL)
        await conditions.bad(serverDiskAlert(replica, mine, now()), INSTALLATION_COOLDOWN);
      else await conditions.good(diskFingerprint(replica), 'there is room again');
    },

    /** Workers say how full theirs are: a full disk can end them. A disk is told of once, by a server that is on it. */
    async workerDisks(): Promise<void> {
      if (mine) await disks.report('server', mine);
      for (const each of await disks.ofWorkers()) {
        const ago = each.secondsAgo * SECOND;
        const over = each.ofServer
          ? 'a server on this disk tells of it'
          : ago > WORKER_FORGOTTEN
            ? 'this worker has said nothing for an hour'
            : each.used < DISK_NEARLY_FULL
              ? 'there is room again'
              : null;
        if (over !== null) await conditions.good(workerDiskFingerprint(each), over);
        else if (ago < WORKER_HEARD) await conditions.bad(workerDiskAlert(each, now()), INSTALLATION_COOLDOWN);
      }
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
