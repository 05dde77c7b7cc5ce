import { decisionTime, type Clock } from '../../core/time/clock.ts';
import { contentId, cycleId, versionName } from '../../core/base/ids.ts';
import { type Pipelines } from '../../core/declaration/pipelines.ts';
import { REMEMBERED_CYCLES, type RetrainingLedger } from '../../core/training/retraining/retraining-ledger.ts';
import { type RolloutRuns } from '../../core/rollout/rollout-runs.ts';
import { type Rollouts } from '../../core/rollout/rollouts.ts';
import { type RetrainingLoop } from '../../core/training/retraining/retraining-loop.ts';
import { type SharedClock } from '../../core/time/clock.ts';
import { askedByAutomation, type AskingAutomation } from '../../core/training/retraining/asked.ts';
import { decideRetraining, type Cycle, type RetrainRequest } from '../../core/training/retraining/retraining.ts';
import { instant, latest, milliseconds, MINUTE, type Instant } from '../../core/time/time.ts';
import { tellOfBudget, tellOfDecision, type Told } from '../alerts/alerting.ts';
import { withFailures } from '../steps/failures.ts';

export interface RetrainingPorts {
  pipelines: Pipelines;
  ledger: RetrainingLedger;
  rollouts: Pick<Rollouts, 'ofCycle'>;
  rolloutRuns: RolloutRuns;
  loop: RetrainingLoop;
  sharedClock: SharedClock;
  alerts: Told['alerts'];
}

export interface NextTraining {
  kind: 'train';
  cycle: string;
  reopened: number;
  reason: Cycle['reason'];
  /** Only backfills requested it. Unknown for one that has to start again. */
  backfilled?: true;
}
/** What the loop does next: run this cycle's training, sleep for a limited time, or listen. */
export type NextStep =
  NextTraining | { kind: 'wait'; until: Instant; why: string; milliseconds: number | null } | { kind: 'idle' };

/** How long a rollout may be silent before the loop makes sure that it runs. */
const LOOK_AGAIN = 10 * MINUTE;
const BY_BACKFILL = 'by a backfill of its schedule';
const isBackfill = ({ reason, detail }: RetrainRequest): boolean => reason === 'schedule' && detail === BY_BACKFILL;

interface ScheduledRequest {
  pipeline: string;
  asOf: Instant;
  backfilled?: true;
  automation?: AskingAutomation;
}

export const createRetrainingActivities = (ports: RetrainingPorts) => {
  const { pipelines, ledger, rollouts, rolloutRuns, loop, sharedClock, alerts } = ports;

  /** What is left to do in an open cycle. Starting a run that exists does nothing. */
  async function restOf(cycle: Cycle, clock: Clock): Promise<NextStep> {
    const rollout = await rollouts.ofCycle(cycle.id);
    // A training of an earlier release takes its rollout to the end by itself.
    if (!rollout?.ownRun) return toTraining(cycle);
    await rolloutRuns.start(rollout, cycle);
    const until = instant(clock.now().getTime() + LOOK_AGAIN);
    const why = `${versionName(rollout.version)} is being rolled out`;
    return { kind: 'wait', until, why, milliseconds: LOOK_AGAIN };
  }

  async function decide(name: string, clock: Clock, now: Instant): Promise<NextStep> {
    const requests = await ledger.openRequests(name);
    const cycles = await ledger.cycles(name, REMEMBERED_CYCLES);
    // A cycle without an outcome is running, or its run was lost: starting that again is safe either way.
    const open = cycles.find((cycle) => cycle.outcome === null);
    if (open) return restOf(open, clock);

    const pipeline = await pipelines.declaration(await pipelines.applied(name));
    const { retraining, label, source } = pipeline;
    const unlabelled = milliseconds(label.maturesAfter) + milliseconds(source.lateness);
    const counts = retraining.minNewRows !== undefined && requests.length > 0;
    const newRows = counts ? await ledger.newRows(name, unlabelled) : null;
    const decision = decideRetraining(pipeline, { requests, cycles, newRows, now });
    const budget = decision.kind === 'wait' && decision.what === 'budget' ? decision : null;
    await tellOfBudget({ alerts, pipeline }, budget, now).catch(() => undefined); // an alert delays no training
    if (decision.kind === 'idle') return decision;
    if (decision.kind === 'wait') {
      const { what, until, why } = decision;
      if (what !== 'retry') await ledger.recordWait(name, { what, why, until, at: now });
      const left = clock.millisecondsUntil(until);
      return { kind: 'wait', until, why, milliseconds: Number.isFinite(left) ? left : null };
    }
    if (decision.kind === 'reopen') {
      const { cycle } = decision;
      await ledger.reopenCycle(cycle, `the retraining loop of ${name}`);
      return restOf({ ...cycle, reopened: cycle.reopened + 1 }, clock);
    }
    const ids = decision.requests.map((request) => request.id);
    // A person can request a past time; schedules and drift mean now.
    const asked = latest(...decision.requests.map((request) => request.asOf));
    const asOf = decision.reason === 'person' ? asked : now;
    const cycle = await ledger.openCycle({
      id: cycleId(name, asOf, contentId(ids[0])),
      pipeline: name,
      reason: decision.reason,
      asOf,
      driftSince: decision.driftSince,
      requests: ids,
    });
    return { ...toTraining(cycle), ...(decision.requests.every(isBackfill) && { backfilled: true }) };
  }

  return withFailures({
    /** Reads requests and cycles from Postgres, and opens a cycle when the policy allows one. */
    async decideNextStep({ pipeline, now: heard }: { pipeline: string; now: Instant | null }): Promise<NextStep> {
      const clock = await sharedClock.read();
      const now = decisionTime(clock, ...(heard ? [heard] : []));
      const step = await decide(pipeline, clock, now);
      await tellOfDecision(alerts, pipeline, now).catch(() => undefined); // an alert delays no training
      return step;
    },

    /** Stores a request of a schedule or an automation, once for its time, and signals the loop. */
    async askOnSchedule({ pipeline, asOf, backfilled, automation }: ScheduledRequest) {
      const bySchedule = backfilled ? BY_BACKFILL : 'by its schedule';
      const request = {
        id: automation ? `${automation.by}/${pipeline}/${asOf}` : `schedule/${pipeline}/${asOf}`,
        pipeline,
        reason: automation ? 'automation' : 'schedule',
        asOf,
        detail: automation ? askedByAutomation(automation) : bySchedule,
        driftSince: null,
      } as const;
      await ledger.recordRequest(request);
      await loop.ask(request);
      return request.id;
    },

    /** Signals the retraining loop after a snapshot: requests that wait for labels can be ready now. */
    async tellOfNewData({ pipeline, asOf }: { pipeline: string; asOf: Instant }) {
      await loop.newData(pipeline, asOf);
    },

    /** The time of a run when neither its starter nor a schedule gave one. */
    async currentMoment(): Promise<Instant> {
      return instant((await sharedClock.read()).now());
    },
  });
};
const toTraining = ({ id, reopened, reason }: Cycle): NextTraining => ({ kind: 'train', cycle: id, reopened, reason });

export type RetrainingActivities = ReturnType<typeof createRetrainingActivities>;
