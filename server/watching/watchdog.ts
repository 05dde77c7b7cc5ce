import { careFailedAlert } from '../../core/alerts/alert-words.ts';
import { fingerprintOf } from '../../core/alerts/occurrence.ts';
import {
  predictionsDroppedAlert,
  trafficSetBackAlert,
  trafficSetBackFingerprint,
  versionTrippedAlert,
  versionTrippedFingerprint,
} from '../../core/alerts/rules/server-alerts.ts';
import { INSTALLATION_COOLDOWN, type Alerts } from '../../core/alerts/alerts.ts';
import { messageOf } from '../../core/base/errors/errors.ts';
import { instant, MINUTE, SECOND } from '../../core/time/time.ts';
import { type TemporalWatch } from '../../core/runs/watch.ts';
import { createConditions } from './conditions.ts';
import { type Breakers } from '../serving/breakers/breakers.ts';
import { versionsOf } from '../serving/serving.ts';
import { type Log, type Spool } from '../shipping/spool.ts';
import { orStop, within } from '../../core/time/time-limit.ts';
import { type PipelineWatchParts, watchPipelines } from './watch-pipelines.ts';
import { type Channel } from '../../core/channels/channel.ts';
import { type ChannelName, type Target } from '../../core/channels/index.ts';
import { createDirect } from './direct.ts';
import { watchDatabase, type DatabaseWatchParts } from './watch-database.ts';
import { type LoadWatchParts, type SeenLoad, watchLoad } from './watch-load.ts';
import { watchTemporal } from './watch-temporal.ts';

export interface WatchdogParts
  extends
    Omit<PipelineWatchParts, 'temporal' | 'conditions' | 'machine'>,
    Omit<LoadWatchParts, 'temporal' | 'conditions' | 'spool'>,
    Pick<DatabaseWatchParts, 'database'> {
  temporal: TemporalWatch;
  alerts: Pick<Alerts, 'raise' | 'resolve' | 'open'>;
  spool: Pick<Spool, 'dropped' | 'shed' | 'bytes' | 'maxBytes'>;
  channels: Record<ChannelName, Channel>;
  /** The recipients of every alert of the installation. */
  always: Target[];
  breakers: Pick<Breakers, 'of'>;
  /** Another process of this server watches all the rest. */
  onlyOwn?: boolean;
  log: Log;
  everyMs?: number;
  /** After this long a look is abandoned: it sends no more queries, and the next one begins. */
  longestMs?: number;
  /** The machine's milliseconds, for all patience. */
  machine?: () => number;
}

/** For monitoring systems. */
export interface SeenByWatchdog extends SeenLoad {
  /** Whether Temporal answered; null before the first look. */
  temporal: boolean | null;
  /** For how long each queue has been without a sign of life. */
  silentMs: Map<string, number>;
}

export interface Watchdog {
  seen(): SeenByWatchdog;
  /** Looks once at everything that is due; never rejects. */
  look(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

const PIPELINES_EVERY = 30 * SECOND;
const ROOM_EVERY = MINUTE;
const LONGEST_LOOK = MINUTE;
/** The alert ends after this long without further lost predictions. */
const DROPS_OVER_AFTER = 10 * MINUTE;

/**
 * Watches for what kills workers or never reaches them, hence from the server. Several replicas raise each alert once.
 */
export function createWatchdog(parts: WatchdogParts): Watchdog {
  const {
    alerts,
    temporal,
    clock,
    spool,
    models,
    breakers,
    replica,
    onlyOwn = false,
    log,
    everyMs = 5 * SECOND,
    longestMs = LONGEST_LOOK,
    machine = Date.now,
  } = parts;
  const conditions = createConditions({ alerts, clock, log, by: 'the watchdog' });
  const loops = watchTemporal({ temporal, conditions, clock, machine });
  const pipelines = watchPipelines({ ...parts, conditions, machine });
  const load = watchLoad({ ...parts, conditions });
  const direct = createDirect({ ...parts, machine });
  const database = watchDatabase({ ...parts, direct, conditions, clock, machine });
  const drops = { seen: 0, told: 0, at: machine() - DROPS_OVER_AFTER, name: '' };
  let pipelinesAt = -Infinity;
  let roomAt = -Infinity;
  let complaint = '';
  let looking: Promise<void> | null = null;
  const stopped = new AbortController();
  let timer: NodeJS.Timeout | undefined;

  async function lookAtSpool(): Promise<void> {
    const lost = spool.dropped + spool.shed;
    if (lost > drops.seen) Object.assign(drops, { seen: lost, at: machine(), name: instant(clock.now()) }); // prettier-ignore
    if (drops.seen > drops.told) {
      const alert = predictionsDroppedAlert(replica, { dropped: spool.dropped, shed: spool.shed }, drops.name);
      if (await conditions.bad(alert, INSTALLATION_COOLDOWN)) drops.told = drops.seen;
    } else if (machine() - drops.at >= DROPS_OVER_AFTER)
      await conditions.good(`predictions-dropped/${replica}`, 'no more predictions were lost');
  }

  async function lookAtTraffic(): Promise<void> {
    const problems = models
      .all()
      .flatMap(({ pipeline, problem, setBack }) => (setBack && problem ? [{ pipeline: pipeline.name, problem }] : []));
    if (problems.length > 0)
      await conditions.bad(trafficSetBackAlert(replica, problems, instant(clock.now())), INSTALLATION_COOLDOWN);
    else await conditions.good(trafficSetBackFingerprint(replica), 'the server serves what the database says');
  }

  async function lookAtVersions(): Promise<void> {
    for (const { pipeline, serving } of models.all()) {
      const tripped = (serving ? versionsOf(serving) : []).flatMap((version) => {
        const { trip, trips } = breakers.of(version);
        return trip ? [{ version: version.model.version, trips, ...trip }] : [];
      });
      if (tripped.length > 0)
        await conditions.bad(versionTrippedAlert(replica, pipeline.name, tripped), INSTALLATION_COOLDOWN);
      else await conditions.good(versionTrippedFingerprint(replica, pipeline.name), 'its versions answer again');
    }
  }

  async function lookAtCare(): Promise<void> {
    const run = await temporal.lastCare();
    if (run?.failed) await conditions.bad(careFailedAlert(run, instant(clock.now())), INSTALLATION_COOLDOWN);
    else if (run) await conditions.good(fingerprintOf('care-failed', null), `${run.workflowId} ended well`);
  }

  async function lookAtAll(signal: AbortSignal): Promise<void> {
    conditions.refresh();
    if (!onlyOwn) await database.look();
    await lookAtSpool();
    await lookAtVersions();
    await load.own();
    if (onlyOwn) return;
    const room = machine() - roomAt >= ROOM_EVERY;
    if (room) {
      roomAt = machine();
      await load.disk();
    }
    await lookAtTraffic();
    const running = await loops.look();
    // Without Temporal or workers everything is late, which is already reported.
    signal.throwIfAborted();
    if (room) await load.workerDisks();
    if (room && loops.reachable) await load.measure(); // also while no worker is there: work piles up
    if (!running) return;
    if (room) await load.backlogs();
    if (machine() - pipelinesAt < PIPELINES_EVERY) return;
    pipelinesAt = machine();
    await lookAtCare();
    await pipelines.look(signal);
    complaint = '';
  }

  async function look(): Promise<void> {
    looking ??= orStop(longestMs, 'a look of the watchdog', stopped.signal, lookAtAll)
      .catch((error: unknown) => {
        if (stopped.signal.aborted) return; // what it was kept from seeing, another server looks at
        if (messageOf(error) !== complaint) log.warn(`the watchdog could not see everything: ${messageOf(error)}`);
        complaint = messageOf(error);
      })
      .finally(() => (looking = null));
    await looking;
  }

  function plan(): void {
    if (!stopped.signal.aborted) timer = setTimeout(() => void look().finally(plan), everyMs);
  }

  return {
    seen() {
      const { uncounted, backlogs } = load.seen();
      const answers = loops.reachable;
      return { temporal: answers, silentMs: loops.silentMs(), uncounted, backlogs: answers === false ? [] : backlogs };
    },
    look,
    start: plan,
    async stop() {
      stopped.abort();
      clearTimeout(timer);
      if (looking) await within(SECOND, 'the last look', looking).catch(() => undefined);
    },
  };
}
