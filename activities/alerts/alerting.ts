import {
  budgetSpentAlert,
  quarantineAlert,
  trainingFailedAlert,
  trainingRefusedAlert,
} from '../../core/alerts/alert-words.ts';
import { driftAlert } from '../../core/alerts/rules/drift-alert.ts';
import { estimateAlert, performanceAlert, qualityAlert } from '../../core/alerts/rules/performance-alerts.ts';
import { unwatchedAlert } from '../../core/alerts/rules/watching-alerts.ts';
import { skewAlert, stalenessAlert, volumeAlert } from '../../core/alerts/rules/trouble-alerts.ts';
import { numberlessExperimentAlert, undecidedExperimentAlert } from '../../core/alerts/rules/experiment-alerts.ts';
import { type Figure, figuresOf } from '../../core/alerts/figures.ts';
import { streakAlerts } from '../../core/alerts/rules/retraining-alerts.ts';
import { hasEnough } from '../../core/drift/skew.ts';
import { holds, looksFallen } from '../../core/performance/decay-words.ts';
import { fingerprintOf } from '../../core/alerts/occurrence.ts';
import {
  approvalAlert,
  endedByChampion,
  promotedAlert,
  rolledBackAlert,
  rolloutFailedAlert,
  rolloutHeldAlert,
  type ToldRollout,
} from '../../core/alerts/rules/rollout-alerts.ts';
import { type Alerts, type Occurrence } from '../../core/alerts/alerts.ts';
import { type Experiment, type ExperimentOutcome } from '../../core/experiments/experiments.ts';
import { type Approval, type Approvals } from '../../core/rollout/approvals.ts';
import { goesBackTo, type TrafficTable } from '../../core/rollout/traffic.ts';
import { type Verdict } from '../../core/drift/verdict.ts';
import { versionName } from '../../core/base/ids.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { type Snapshots } from '../../core/data/snapshots.ts';
import { type Verdicts } from '../../core/drift/verdicts.ts';
import { type Cycle, type CycleOutcome, isOfChange } from '../../core/training/retraining/retraining.ts';
import { isUnreachable, messageOf, UserError } from '../../core/base/errors/errors.ts';
import { mayPass } from '../../core/base/errors/unreachable.ts';
import { shortTime, type Instant } from '../../core/time/time.ts';
import { log } from '@temporalio/activity';

export type Told = { alerts: Pick<Alerts, 'raise' | 'resolve'>; pipeline: Pick<Pipeline, 'name' | 'notifications'> };

const raise = ({ alerts, pipeline }: Told, occurrence: Occurrence) =>
  harmless(occurrence.kind, alerts.raise(occurrence, pipeline.notifications.cooldown));
type Ending = { alerts: Pick<Alerts, 'resolve'>; pipeline: Pick<Pipeline, 'name'> };
const resolve = ({ alerts, pipeline }: Ending, kind: Occurrence['kind'], at: Instant, by: string, reason: string) =>
  harmless(kind, alerts.resolve(fingerprintOf(kind, pipeline.name), { at, by, reason }));

/** While the database is away a step is tried again, so no alert is lost. Nothing else about an alert ends its step. */
export async function harmless(kind: Occurrence['kind'], work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (error instanceof UserError && isUnreachable(error.code)) throw error;
    if (mayPass(error)) throw error;
    log.error(`alert ${kind} could not be written: ${messageOf(error)}`);
  }
}

type Checked = Told & { verdicts: Pick<Verdicts, 'list'>; pipeline: Pick<Pipeline, 'drift' | 'gates'> };

/** Only the newest verdict raises or ends an alert: a backfill reports nothing of last month. */
export async function tellOfDrift(told: Checked, verdict: Verdict): Promise<void> {
  const [newest] = await told.verdicts.list(verdict.pipeline, 1);
  if (newest?.id !== verdict.id || verdict.abstained !== null) return;
  const alert = driftAlert(verdict, told.pipeline.drift);
  const why =
    verdict.level === 'stable'
      ? 'the newest window is stable'
      : 'only columns that are not filled, or lately were not, are behind it';
  if (alert) await raise(told, { ...alert, figures: figuresOf(verdict, told.pipeline) });
  else await resolve(told, 'drift', verdict.asOf, `verdict ${verdict.id}`, why);
}

/** The same of performance and of columns that are no longer filled: too few labels or rows to tell end no alert. */
export async function tellOfPerformance(told: Checked, verdict: Verdict): Promise<void> {
  const [newest] = await told.verdicts.list(verdict.pipeline, 1);
  if (newest?.id !== verdict.id) return;
  const settle = settler(told, verdict, figuresOf(verdict, told.pipeline));
  await settle('data-quality', qualityAlert(verdict), verdict.abstained === null, 'all columns are filled as declared again'); // prettier-ignore
  const { concept, foretold, version } = verdict;
  const isOver = concept !== undefined && !looksFallen(concept);
  await settle('performance', performanceAlert(verdict), isOver, concept && holds(concept) ? 'the newest labels show no fall' : 'the newest labels no longer show the fall'); // prettier-ignore
  await settle('estimate-unreliable', estimateAlert(verdict), verdict.estimated?.withheld === null, !foretold || foretold.ofOthers ? `no labels contradict the estimates of ${versionName(version)}` : 'performance can be estimated again'); // prettier-ignore
}

/** The same of what is wrong around the model. */
export async function tellOfTroubles(
  told: Told & { verdicts: Pick<Verdicts, 'list'> },
  verdict: Verdict,
): Promise<void> {
  const [newest] = await told.verdicts.list(verdict.pipeline, 1);
  if (newest?.id !== verdict.id) return;
  const { volume, skew } = verdict;
  const settle = settler(told, verdict);
  const counted = volume?.predictions !== undefined || volume?.rows !== undefined;
  await settle('volume', volumeAlert(verdict), counted, 'the volume is back to normal');
  await settle('skew', skewAlert(verdict), skew !== undefined && hasEnough(skew), 'requests and the source are alike');
  await settle('staleness', stalenessAlert(verdict), true, 'newer data is published');
  await settle(
    'unwatched',
    unwatchedAlert(verdict),
    verdict.unwatched === undefined,
    'a check could tell of drift again',
  );
}

/** Raises what a verdict found wrong; otherwise it is over, if the verdict can tell. */
const settler =
  (told: Told, { id, asOf }: Verdict, figures: Figure[] = []) =>
  async (
    kind: Parameters<typeof resolve>[1],
    found: Parameters<typeof raise>[1] | null,
    tells: boolean,
    why: string,
  ) => {
    if (found) await raise(told, { ...found, ...(figures.length > 0 && { figures }) });
    else if (tells) await resolve(told, kind, asOf, `verdict ${id}`, why);
  };

/** The same for snapshots. */
export async function tellOfSnapshot(told: Told & { snapshots: Pick<Snapshots, 'list'> }, id: string): Promise<void> {
  const [newest] = await told.snapshots.list(told.pipeline.name, 1);
  if (newest?.id !== id) return;
  if (newest.status === 'quarantined') await raise(told, quarantineAlert(newest));
  if (newest.status === 'published')
    await resolve(
      told,
      'quarantine',
      newest.asOf,
      `snapshot ${id}`,
      `the data of ${shortTime(newest.asOf)} is published`,
    );
}

type ToldOfRollouts = Told & { approvals: Pick<Approvals, 'waiting'>; traffic: Pick<TrafficTable, 'get'> };

/** Raises an alert for a cycle's outcome that a person should know, and ends the alerts that the outcome resolves. */
export async function tellOfCycle(told: ToldOfRollouts, cycle: Cycle): Promise<void> {
  const { id, pipeline, reason, reopened, outcome } = cycle;
  if (!outcome) return;
  const { result, version, endedAt } = outcome;
  const by = `cycle ${id}`;
  if (result !== 'nothing new') await tellOfRollout(told, { by, version, result, reason: outcome.reason, endedAt });
  if (result === 'failed') await raise(told, trainingFailedAlert({ id, pipeline, reason, reopened, outcome }));
  else if (result !== 'cancelled')
    for (const kind of ['training-failed', 'training-failing'] as const)
      await resolve(told, kind, endedAt, by, `a training ended: ${result}`);
  const helpless = result === 'refused' || result === 'abstained' || result === 'rolled back';
  if (helpless && isOfChange(reason))
    await raise(told, trainingRefusedAlert({ id, pipeline, reason, reopened, outcome }));
}

/** Tells a person once when several trainings in a row failed, or did not help against the drift. */
export async function tellOfStreak(told: Told, cycles: readonly Cycle[], drifted: readonly string[]): Promise<void> {
  for (const occurrence of streakAlerts(cycles, drifted)) await raise(told, occurrence);
}

/**
 * Ends the request for approval, unless another rollout still needs one, and the alerts that a new champion resolves.
 */
export async function tellOfRollout(
  told: ToldOfRollouts,
  {
    by,
    version,
    result,
    reason,
    endedAt,
  }: Pick<CycleOutcome, 'version' | 'result' | 'reason' | 'endedAt'> & { by: string },
): Promise<void> {
  const over = (kind: Occurrence['kind'], why: string) => resolve(told, kind, endedAt, by, why);
  const asked = await told.approvals.waiting(told.pipeline.name);
  if (asked.length === 0) await over('approval-wanted', `the rollout ended: ${result}`);
  await over('rollout-held', `the rollout ended: ${result}`);
  if (result !== 'promoted') return;
  const serves = `${version === null ? 'a new version' : versionName(version)} serves`;
  for (const kind of endedByChampion) await over(kind, serves);
  if (version === null) return;
  const now = await told.traffic.get(told.pipeline.name);
  const backTo = now && goesBackTo(now);
  await raise(told, promotedAlert({ pipeline: told.pipeline.name, version, backTo, reason, at: endedAt, by }));
}

/** Alerts people that a challenger needs an approval, as long as there is no decision. */
export async function tellOfApproval(told: Told, approval: Approval): Promise<void> {
  if (approval.decision === null) await raise(told, approvalAlert(approval));
}

type OfRollout = Omit<ToldRollout, 'pipeline'>;

/** Alerts people that a rollout does not continue by itself. */
export const tellOfHeldRollout = (told: Told, rollout: OfRollout & { step: number }) =>
  raise(told, rolloutHeldAlert({ ...rollout, pipeline: told.pipeline.name }));

/** The rollout continues. */
export const tellOfMovingRollout = (told: Told, at: Instant, by: string, reason: string) =>
  resolve(told, 'rollout-held', at, by, reason);

export const tellOfFailedRollout = (told: Told, rollout: OfRollout) =>
  raise(told, rolloutFailedAlert({ ...rollout, pipeline: told.pipeline.name }));

export const tellOfRolledBack = (told: Told, rollout: OfRollout) =>
  raise(told, rolledBackAlert({ ...rollout, pipeline: told.pipeline.name }));

type OfExperiment = Pick<Experiment, 'id' | 'pipeline'>;

/** The experiment waits for numbers that should have come. */
export const tellOfNumberlessExperiment = (told: Told, of: OfExperiment, look: { reason: string; at: Instant }) =>
  raise(told, numberlessExperimentAlert(of, look));

/** The experiment is under way. */
export async function tellOfMovingExperiment(told: Told, { id }: OfExperiment, at: Instant): Promise<void> {
  for (const kind of ['experiment-undecided', 'experiment-failed'] as const)
    await resolve(told, kind, at, `experiment ${id}`, 'an experiment is under way');
}

/** Alerts people of an experiment after which a person has to decide. */
export async function tellOfExperiment(
  told: Told,
  of: OfExperiment,
  outcome: Pick<ExperimentOutcome, 'result' | 'reason' | 'endedAt'>,
): Promise<void> {
  const { result, endedAt } = outcome;
  const over = (kind: Occurrence['kind']) => resolve(told, kind, endedAt, `experiment ${of.id}`, `the experiment ended: ${result}`); // prettier-ignore
  await over('experiment-failed');
  if (result === 'undecided' || result === 'mismatch' || result === 'failed')
    await raise(told, undecidedExperimentAlert(of, outcome));
  else await over('experiment-undecided');
}

/** A training waits for the budget, or no longer does. */
export async function tellOfBudget(
  told: Told,
  wait: { until: Instant; why: string } | null,
  at: Instant,
): Promise<void> {
  if (wait) await raise(told, budgetSpentAlert(told.pipeline.name, wait, at));
  else await resolve(told, 'budget-spent', at, 'the retraining loop', 'no training waits for the budget');
}

/** A loop that decides is alive. It never completes, so no run of it that ends well would end the alert. */
export const tellOfDecision = (alerts: Ending['alerts'], name: string, at: Instant) =>
  resolve({ alerts, pipeline: { name } }, 'retraining-failed', at, 'the retraining loop', 'the loop runs again');
