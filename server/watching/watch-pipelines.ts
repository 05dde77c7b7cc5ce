import {
  championStaleAlert,
  failingLoops,
  missedFingerprint,
  runFailedAlert,
  scheduleMissedAlert,
} from '../../core/alerts/alert-words.ts';
import { fingerprintOf } from '../../core/alerts/occurrence.ts';
import { type Occurrence } from '../../core/alerts/alerts.ts';
import { type When } from '../../core/time/cron.ts';
import { gapOf, missedDue, passedBetween } from '../../core/time/missed.ts';
import { messageOf } from '../../core/base/errors/errors.ts';
import { inParallel } from '../../core/base/in-parallel.ts';
import { type Pipeline, type PipelineRef } from '../../core/declaration/pipeline.ts';
import { alertLimitsOf } from '../../core/declaration/alert-limits.ts';
import { type Clock } from '../../core/time/clock.ts';
import { type Pipelines } from '../../core/declaration/pipelines.ts';
import { type Schedules } from '../../core/runs/schedules.ts';
import { whenOf } from '../../core/runs/schedules.ts';
import { instant, latest, MINUTE, shortTime, type Instant } from '../../core/time/time.ts';
import {
  tracedLoops,
  type EndedRun,
  type LastRun,
  type TemporalWatch,
  type Trace,
  type TracedLoop,
  type Traces,
} from '../../core/runs/watch.ts';
import { type Conditions } from './conditions.ts';
import { type Log } from '../shipping/spool.ts';

/**
 * A late loop counts as missed only after this long by the machine's clock: a fast simulated clock outruns its runs.
 */
export const RUN_PATIENCE = 5 * MINUTE;
/** Pipelines checked at once: predictions need the server's connections too. */
const AT_ONCE = 4;

export interface PipelineWatchParts {
  pipelines: Pick<Pipelines, 'list' | 'declaration'>;
  schedules: Pick<Schedules, 'list' | 'countMoments'>;
  traces: Traces;
  temporal: Pick<TemporalWatch, 'endedRuns' | 'failedPipelines' | 'lastRuns'>;
  conditions: Conditions;
  clock: Clock;
  log: Log;
  machine: () => number;
}

/** Checks that each pipeline's loops run on time and succeed, and that its champion is renewed. */
export function watchPipelines(parts: PipelineWatchParts) {
  const { pipelines, schedules, traces, temporal, conditions, clock, log, machine } = parts;
  /** Since when each loop is late, and its mark at that time. */
  const late = new Map<string, { since: number; last: Instant | null }>();
  const complaints = new Map<string, string>();
  /** Declarations, reread when they change. */
  const declared = new Map<string, { revision: string; pipeline: Pipeline }>();
  const runs = createKnownRuns(temporal);
  const now = (): Instant => instant(clock.now());
  const bad = (pipeline: Pipeline, occurrence: Occurrence): Promise<boolean> =>
    conditions.bad(occurrence, pipeline.notifications.cooldown);

  /** The ratio of the pipelines' clock to the machine's: a simulated day takes seconds. */
  const onMachine = (ms: number): number => clock.millisecondsUntil(instant(Date.parse(now()) + ms));

  /**
   * The time a loop has missed, unless it has had no turn yet because its pipeline was just applied or just began to
   * serve.
   */
  function missedBy(when: When, loop: TracedLoop, { last, appliedMsAgo, servedMsAgo }: Trace): Instant | null {
    const needsChampion = loop === 'prediction' || loop === 'monitoring';
    const settledMsAgo = Math.min(appliedMsAgo, needsChampion ? (servedMsAgo ?? 0) : Infinity);
    const gap = gapOf(when, now());
    if (gap === null || settledMsAgo < onMachine(2 * gap)) return null;
    return missedDue(when, last[loop], now());
  }

  /** Whether it is paused, still running, or not scheduled by Temporal because its zone's clock changed. */
  async function isExcused(pipeline: string, loop: TracedLoop, due: Instant): Promise<boolean> {
    const schedule = (await schedules.list(pipeline)).find((each) => each.loop === loop);
    if (!schedule) return false;
    if (schedule.pausedBy === 'person' || schedule.running.length > 0) return true;
    return (await schedules.countMoments(pipeline, loop, due, due)) === 0;
  }

  async function lookAtLoop(pipeline: Pipeline, loop: TracedLoop, trace: Trace): Promise<void> {
    const { name } = pipeline;
    const fingerprint = missedFingerprint(name, loop);
    const when = whenOf(pipeline, loop);
    const due = when && missedBy(when, loop, trace);
    const last = trace.last[loop];
    if (when === null || due === null) {
      late.delete(fingerprint);
      if (when === null) await conditions.good(fingerprint, 'its schedule is off');
      else if (last !== null) await conditions.good(fingerprint, `it ran for ${shortTime(last)}`);
      return;
    }
    const known = late.get(fingerprint);
    if (!known || known.last !== last) late.set(fingerprint, { since: machine(), last });
    else if (machine() - known.since >= RUN_PATIENCE) {
      if (await isExcused(name, loop, due)) late.delete(fingerprint);
      else await bad(pipeline, scheduleMissedAlert(name, { loop, when, due, last }, now()));
    }
  }

  async function lookAtRuns(pipeline: Pipeline, { servedMsAgo, experiment }: Trace): Promise<void> {
    const fingerprints = failingLoops.map((loop) => fingerprintOf(`${loop}-failed`, pipeline.name));
    const open = await Promise.all(fingerprints.map(conditions.mayBeOpen));
    for (const run of await runs.of(pipeline.name, open.includes(true))) {
      const needsChampion = run.loop === 'prediction' || run.loop === 'monitoring';
      if (needsChampion && servedMsAgo === null) continue;
      const fingerprint = fingerprintOf(`${run.loop}-failed`, pipeline.name);
      if (!run.failed) await conditions.good(fingerprint, `${run.workflowId} ended well`);
      // One that stored its end, or another since, has told of it.
      else if (run.loop === 'experiment' && (experiment === null || !isRunOf(run, pipeline.name, experiment)))
        await conditions.good(fingerprint, `${run.workflowId} has ended`);
      // A quarantine fails the run too, and has an alert of its own.
      else if (run.code !== 'SNAPSHOT_QUARANTINED') await bad(pipeline, runFailedAlert(pipeline.name, run, now()));
    }
  }

  async function lookAtChampion(pipeline: Pipeline, { champion }: Trace): Promise<void> {
    const { name } = pipeline;
    if (champion === null) return;
    const when = whenOf(pipeline, 'retraining');
    const missed = when === null ? 0 : passedBetween(when, champion.asOf, now());
    if (missed >= alertLimitsOf(pipeline).staleTrainings)
      await bad(pipeline, championStaleAlert({ pipeline: name, ...champion }, missed, now()));
    else
      await conditions.good(
        fingerprintOf('champion-stale', name),
        `a version trained as of ${shortTime(champion.asOf)} serves`,
      );
  }

  async function declarationOf({ name, revision }: PipelineRef): Promise<Pipeline> {
    const known = declared.get(name);
    if (known?.revision === revision) return known.pipeline;
    const pipeline = await pipelines.declaration({ name, revision });
    declared.set(name, { revision, pipeline });
    return pipeline;
  }

  async function lookAt(ref: PipelineRef, trace: Trace, signal: AbortSignal): Promise<void> {
    const pipeline = await declarationOf(ref);
    const steps = [
      () => lookAtChampion(pipeline, trace),
      ...tracedLoops.map((loop) => () => lookAtLoop(pipeline, loop, trace)),
      () => lookAtRuns(pipeline, trace),
    ];
    for (const step of steps) {
      signal.throwIfAborted();
      await step();
    }
  }

  return {
    /** Checks all pipelines, and sends no query after `signal` aborts. */
    async look(signal: AbortSignal): Promise<void> {
      const [refs, all] = [await pipelines.list(), await traces.all()];
      runs.refresh();
      const traceOf = new Map(all.map((trace) => [trace.pipeline, trace]));
      const lookSafely = async (ref: PipelineRef): Promise<void> => {
        const trace = traceOf.get(ref.name);
        if (!trace) return; // applied between the two queries
        try {
          await lookAt(ref, trace, signal);
          complaints.delete(ref.name);
        } catch (error) {
          if (signal.aborted) return;
          // A pipeline that cannot be checked must not hide the others. A new reason is logged.
          const words = messageOf(error);
          if (complaints.get(ref.name) !== words) log.warn(`the watchdog cannot see all of ${ref.name}: ${words}`);
          complaints.set(ref.name, words);
        }
      };
      await inParallel(AT_ONCE, refs, lookSafely, signal);
    },
  };
}

/** isRunOf({ workflowId: 'fraud/experiment/e1' }, 'fraud', 'fraud-e1') // => true */
const isRunOf = ({ workflowId }: Pick<LastRun, 'workflowId'>, pipeline: string, experiment: string): boolean =>
  workflowId.endsWith(`${pipeline}/experiment/${experiment.slice(pipeline.length + 1)}`);

/**
 * The newest runs of each pipeline that needs a report: a run has failed, or its alert may be open. Queried again when
 * one of its runs has ended: a thousand healthy pipelines are never queried, not even at the first look.
 */
function createKnownRuns(temporal: PipelineWatchParts['temporal']) {
  const ask = (pipeline: string) => temporal.lastRuns(pipeline, failingLoops);
  const known = new Map<string, Awaited<ReturnType<typeof ask>>>();
  /** The pipelines with a failed run; null: unknown, so any can be one. */
  let failed: Set<string> | null = null;
  let told: EndedRun[] = [];
  let refreshed: Promise<void> = Promise.resolve();

  async function forgetOld(): Promise<void> {
    const before = told;
    told = []; // a failed listing starts over
    const ended = await temporal.endedRuns(before.length === 0 ? null : latest(...before.map(({ at }) => at)));
    if (before.length === 0 && ended.length > 0) known.clear();
    if (before.length === 0) failed = await temporal.failedPipelines(failingLoops);
    const old = new Set(before.map(({ runId }) => runId));
    for (const run of ended.filter(({ runId }) => !old.has(runId))) {
      known.delete(run.pipeline);
      if (run.failed) failed?.add(run.pipeline);
    }
    told = ended;
  }

  return {
    /** Called at the start of a look; if it fails, so does each answer of that look. */
    refresh(): void {
      refreshed = refreshed.catch(() => undefined).then(forgetOld);
      refreshed.catch(() => undefined);
    },
    async of(pipeline: string, mayBeOpen: boolean) {
      await refreshed;
      if (!mayBeOpen && failed?.has(pipeline) === false) return [];
      const runs = known.get(pipeline) ?? (await ask(pipeline));
      known.set(pipeline, runs);
      return runs;
    },
  };
}
