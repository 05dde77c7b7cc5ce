import type { Alert, Occurrence, Resolution, Telling } from './alerts.ts';
import type { Expectation, Snapshot } from '../data/data.ts';
import { describeExpectation } from '../expectations/index.ts';
import { versionName } from '../base/ids.ts';
import { reopensAt, type Cycle, type CycleOutcome } from '../training/retraining/retraining.ts';
import type { When } from '../time/cron.ts';
import type { ScheduledLoop } from '../runs/schedules.ts';
import { shown } from '../base/errors/shown.ts';
import { shortTime, type Instant } from '../time/time.ts';
import type { ModelVersion } from '../training/training.ts';
import type { LastRun } from '../runs/watch.ts';
import { about, INFINITE, list, shortId } from './occurrence.ts';

/** The message that people read: the same text each time it is sent. */
export function wordsOf(
  alert: Alert,
  telling: Telling,
  resolution?: Resolution,
  /** The summaries of the open alerts that it explains. */
  explains: string[] = [],
): Message {
  const marks: Record<Telling, string> = {
    opened: '',
    worse: 'worse: ',
    still: 'still: ',
    escalated: 'not acknowledged: ',
    acknowledged: 'acknowledged: ',
    resolved: 'resolved: ',
  };
  const mark = telling === 'resolved' ? 'ok' : alert.severity;
  const seen =
    alert.times > 1
      ? `Seen ${alert.times} times, first at ${shortTime(alert.openedAt)}, last at ${shortTime(alert.lastSeenAt)}.`
      : `Seen at ${shortTime(alert.openedAt)}.`;
  if (alert.severity === 'info')
    return { subject: `[perennial info] ${alert.summary}`, text: `${alert.summary}\n\n${alert.detail}` };
  const because = explains.length > 0 ? `\n\n${resolution ? 'Still open' : 'Because of it'}:\n${list(explains)}` : '';
  return {
    subject: `[perennial ${mark}] ${marks[telling]}${alert.summary}`,
    text: resolution
      ? `Over since ${shortTime(resolution.at)}: ${shown(resolution.reason)} (${resolution.by}).\n\nIt was: ${alert.summary}\n${seen}${because}`
      : `${alert.summary}\n\n${alert.detail}${because}\n\n${seen}\n${toAcknowledge(alert, telling)}`,
  };
}
function toAcknowledge({ id, criticalSince, acknowledgedBy }: Alert, telling: Telling): string {
  if (acknowledgedBy !== null) return `Acknowledged by ${acknowledgedBy}.`;
  const since = telling === 'escalated' && criticalSince ? `Nobody has acknowledged it since ${shortTime(criticalSince)}. ` : ''; // prettier-ignore
  return `${since}To take it on: perennial alerts acknowledge ${shortId(id)}`;
}

export interface Message {
  subject: string;
  text: string;
}

export function quarantineAlert(
  snapshot: Pick<Snapshot, 'id' | 'pipeline' | 'asOf' | 'expectations' | 'reportKey'>,
): Occurrence {
  const { id, pipeline, asOf, expectations, reportKey } = snapshot;
  const unmet = expectations.filter(({ passed }) => !passed);
  const failed = unmet.map(describeExpectation);
  return about('quarantine', pipeline, {
    occasion: `snapshot/${id}`,
    severity: 'warning',
    summary: `${pipeline}: the data of ${shortTime(asOf)} is quarantined${unmet.length === 0 ? '' : ` for ${whatFor(unmet)}`}`,
    detail:
      `Snapshot ${id} does not meet the declaration's expectations, so no model will learn from it:\n${list(failed)}\n` +
      (expectations.some(({ name, passed }) => name === 'nulls' && !passed) ? `${INFINITE}\n` : '') +
      `The report is ${reportKey} in the object store. Fix the source, or the expectations if they are too strict, ` +
      `then: perennial run ${pipeline} data`,
    at: asOf,
  });
}

const MOST_NAMED = 3;
/** Expectations whose names alone do not say what is wrong. */
const ofTheWhole: Record<string, string> = {
  rows: 'too few rows',
  'newest row': 'no recent rows',
  'positive labels': 'the share of positive labels',
};
/** whatFor(unmet) // => 'weight (values above the maximum), country (nulls) and 2 more' */
function whatFor(unmet: readonly Expectation[]): string {
  const named = unmet
    .slice(0, MOST_NAMED)
    .map(({ column, name }) => (column === null ? (ofTheWhole[name] ?? name) : `${column} (${name})`));
  const others = unmet.length - named.length;
  return `${named.join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
}

/** @param attempt how often a step has tried to read it; @param run the run that waits for it */
export function sourceUnreachableAlert(
  pipeline: string,
  { run, attempt, why }: { run: string; attempt: number; why: string },
  at: Instant,
): Occurrence {
  return about('source-unreachable', pipeline, {
    occasion: `source/${run}/${at.slice(0, 13)}`,
    severity: 'warning',
    summary: `${pipeline}: its source cannot be reached`,
    detail:
      `${why}\nThe data loop has tried ${attempt} times and keeps trying, once a minute, for up to seven days. Until it ` +
      'succeeds there is no new data to predict from, to check or to learn from. The champion keeps serving.\n' +
      `Check the source and the network to it. The loop continues by itself. To see it: perennial runs ${pipeline}`,
    at,
  });
}

/** @param run the run that failed; @param why what its source lacks or has otherwise, as the step that read it says */
export function schemaAlert(pipeline: string, { run, why }: { run: string; why: string }, at: Instant): Occurrence {
  const [what] = why.split(/[;.] |\.$|, but /);
  return about('schema', pipeline, {
    occasion: `schema/${run}`,
    severity: 'warning',
    summary: `${pipeline}: ${what}`,
    detail:
      `${why}\nUntil the source and the declaration agree there is no new data to predict from, to check or to learn from. What ` +
      `serves has not changed.\nFix the source, or declare what it has now, then: perennial run ${pipeline} data`,
    at,
  });
}

type EndedCycle = Pick<Cycle, 'id' | 'pipeline' | 'reason' | 'reopened'> & { outcome: CycleOutcome };

export function trainingFailedAlert({ id, pipeline, reopened, outcome }: EndedCycle): Occurrence {
  const again = reopensAt({ reopened, outcome });
  // With a version it was the rollout that failed.
  const name = outcome.version === null ? null : versionName(outcome.version);
  return about('training-failed', pipeline, {
    occasion: reopened === 0 ? `cycle/${id}` : `cycle/${id}/${reopened}`,
    severity: 'warning',
    summary: `${pipeline}: ${name === null ? 'a training' : `the rollout of ${name}`} failed`,
    detail:
      `Cycle ${id} ended ${name === null ? 'without a model' : `before ${name} served`}: ${outcome.reason}\nWhat serves has not changed. ` +
      (again
        ? `The ${name === null ? `training resumes at ${again} from its checkpoint` : `rollout resumes at ${again}`}. ` +
          `To resume it sooner: perennial models retrain ${pipeline}`
        : `Fix what the message names, then: perennial models retrain ${pipeline}`),
    at: outcome.endedAt,
  });
}

export function trainingRefusedAlert({ id, pipeline, reason, outcome }: EndedCycle): Occurrence {
  const change = reason === 'decay' ? 'the fall of its performance' : 'the drift';
  const which = outcome.version === null ? 'The challenger' : versionName(outcome.version);
  return about('training-refused', pipeline, {
    occasion: `cycle/${id}`,
    severity: 'warning',
    summary: `${pipeline}: the training after ${reason === 'decay' ? 'the performance fell' : 'the drift'} did not help`,
    detail:
      `${which} of cycle ${id} does not serve (${outcome.result}): ${outcome.reason}\nThe champion keeps serving despite ${change}. ` +
      `While that lasts, Perennial trains again, after a longer pause each time.\n` +
      `To compare both: perennial models ${pipeline}. The features may no longer predict what they used to.`,
    at: outcome.endedAt,
  });
}

const again = (pipeline: string): Record<FailingLoop, string> => {
  const run = (loop: FailingLoop): string =>
    `then: perennial run ${pipeline} ${loop}. It will not repeat finished work.`;
  return {
    data: run('data'),
    prediction: run('prediction'),
    monitoring: run('monitoring'),
    lifecycle: run('lifecycle'),
    retraining: `then: perennial models retrain ${pipeline}. No request is lost: they wait in the database until the loop runs again.`,
    experiment: `and see how it stands: perennial experiments status ${pipeline}. Its versions keep their shares of the traffic, and nothing compares them. To give the champion all traffic: perennial experiments stop ${pipeline}`,
  };
};
export function runFailedAlert(pipeline: string, run: LastRun & { loop: FailingLoop }, at: Instant): Occurrence {
  return about(`${run.loop}-failed`, pipeline, {
    occasion: `run/${run.runId}`,
    severity: 'warning',
    summary: `${pipeline}: the ${run.loop === 'experiment' ? run.loop : `${run.loop} loop`} failed`,
    detail: `${run.workflowId} failed: ${run.reason ?? 'it gave no reason'}\nFix what the message names, ${again(pipeline)[run.loop]}`,
    at,
  });
}
export function careFailedAlert(run: LastRun, at: Instant): Occurrence {
  return about('care-failed', null, {
    occasion: `run/${run.runId}`,
    severity: 'warning',
    summary: 'the daily care failed, so nothing old is deleted',
    detail:
      `${run.workflowId} failed: ${run.reason ?? 'it gave no reason'}\nUntil it succeeds, the database and the object store grow. ` +
      'Fix what the message names, then: perennial installation care',
    at,
  });
}

/** The loops whose failed runs raise an alert; a training and a rollout raise their own. */
export const failingLoops = ['data', 'prediction', 'monitoring', 'retraining', 'lifecycle', 'experiment'] as const;
export type FailingLoop = (typeof failingLoops)[number];

export interface MissedRun {
  loop: ScheduledLoop;
  when: When;
  due: Instant;
  last: Instant | null;
}
export function scheduleMissedAlert(pipeline: string, { loop, when, due, last }: MissedRun, at: Instant): Occurrence {
  return {
    ...about('schedule-missed', pipeline, {
      occasion: `due/${due}`,
      severity: 'warning',
      summary: `${pipeline}: the ${loop} loop did not run when it was due`,
      detail:
        `Its schedule "${when.cron}" (${when.zone}) was due at ${shortTime(due)}, but it had not run by ${shortTime(at)}. ` +
        `${last === null ? 'No run of it has succeeded yet' : `It last ran for ${shortTime(last)}`}.\nTo see whether a run hangs or failed: ` +
        `perennial runs ${pipeline}. To run it now: perennial run ${pipeline} ${loop}`,
      at,
    }),
    fingerprint: missedFingerprint(pipeline, loop),
  };
}
export const missedFingerprint = (pipeline: string, loop: ScheduledLoop): string =>
  `schedule-missed/${pipeline}/${loop}`;

/** @param until when the next training may start */
export function budgetSpentAlert(pipeline: string, { until, why }: { until: Instant; why: string }, at: Instant) {
  return about('budget-spent', pipeline, {
    occasion: `until/${until}`,
    severity: 'warning',
    summary: `${pipeline}: a training waits, since the week's budget is spent`,
    detail:
      `${why}. It can start at ${shortTime(until)}.\nTo start it now: perennial models retrain ${pipeline}. If drift asks for so ` +
      `many trainings, see what came of them: perennial models ${pipeline}. The budget is retraining.trainingsPerWeek.`,
    at,
  });
}

export function championStaleAlert(
  champion: Pick<ModelVersion, 'pipeline' | 'version' | 'asOf'>,
  missed: number,
  at: Instant,
) {
  const { pipeline, version, asOf } = champion;
  return about('champion-stale', pipeline, {
    occasion: `version/${version}/${missed}`,
    severity: 'warning',
    summary: `${pipeline}: ${versionName(version)} still serves after ${missed} scheduled trainings without a successor`,
    detail:
      `It was trained as of ${shortTime(asOf)}. Every scheduled training since was refused, failed, found nothing new or did not run.\n` +
      `To see why: perennial status ${pipeline}, and: perennial models ${pipeline}`,
    at,
  });
}
