import type { Alert, Occurrence, Resolution, Severity, Telling } from './alerts.ts';
import type { Approval } from '../rollout/approvals.ts';
import type { Snapshot } from '../data/data.ts';
import { driftedColumns, type Verdict } from '../drift/verdict.ts';
import { describeExpectation } from '../expectations/index.ts';
import { contentId, versionName } from '../base/ids.ts';
import { type Role, roleOf } from '../base/names.ts';
import { reopensAt, type Cycle, type CycleOutcome } from '../training/retraining.ts';
import type { When } from '../time/cron.ts';
import type { ScheduledLoop } from '../runs/schedules.ts';
import { shown } from '../base/shown.ts';
import { instant, shortTime, type Instant } from '../time/time.ts';
import type { ModelVersion } from '../training/training.ts';
import type { LastRun } from '../runs/watch.ts';

const MOST_NAMED = 10;
const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** The message that people read: the same text each time it is sent. */
export function wordsOf(alert: Omit<Alert, 'id'>, telling: Telling, resolution?: Resolution): Message {
  const marks = { opened: '', worse: 'worse: ', still: 'still: ', resolved: 'resolved: ' };
  const mark = telling === 'resolved' ? 'ok' : alert.severity;
  const seen =
    alert.times > 1
      ? `Seen ${alert.times} times, first at ${shortTime(alert.openedAt)}, last at ${shortTime(alert.lastSeenAt)}.`
      : `Seen at ${shortTime(alert.openedAt)}.`;
  return {
    subject: `[perennial ${mark}] ${marks[telling]}${alert.summary}`,
    text: resolution
      ? `Over since ${shortTime(resolution.at)}: ${shown(resolution.reason)} (${resolution.by}).\n\nIt was: ${alert.summary}\n${seen}`
      : `${alert.summary}\n\n${alert.detail}\n\n${seen}`,
  };
}
export interface Message {
  subject: string;
  text: string;
}

/** The alert for a verdict that people should know about; null when there is none. */
export function driftAlert(verdict: Verdict): Occurrence | null {
  const { id, pipeline, asOf, level } = verdict;
  if (level === 'stable') return null;
  const next =
    level === 'severe'
      ? 'Perennial will train a new model by itself, once labels from after the drift have matured and the budget allows it.'
      : 'Perennial does nothing about it yet; it will train a new model if the drift becomes severe.';
  return about('drift', pipeline, {
    occasion: `verdict/${id}`,
    severity: level === 'severe' ? 'critical' : 'warning',
    summary: `${pipeline}: ${level === 'severe' ? 'severe drift' : 'drift'} in ${percent(verdict.share)} of the columns`,
    detail:
      `Between ${shortTime(verdict.window.from)} and ${shortTime(verdict.window.to)}, over ${verdict.rows.current} rows, ` +
      `these moved away from what ${versionName(verdict.version)} was tested on: ${named(driftedColumns(verdict))}.\n${next}\n` +
      `To see the numbers: perennial report ${pipeline}. If the change is real, wait for the new model; if the data ` +
      `is wrong, fix its source, then: perennial run ${pipeline} data`,
    at: asOf,
  });
}

export function quarantineAlert(
  snapshot: Pick<Snapshot, 'id' | 'pipeline' | 'asOf' | 'expectations' | 'reportKey'>,
): Occurrence {
  const { id, pipeline, asOf, expectations, reportKey } = snapshot;
  const failed = expectations.filter(({ passed }) => !passed).map(describeExpectation);
  return about('quarantine', pipeline, {
    occasion: `snapshot/${id}`,
    severity: 'warning',
    summary: `${pipeline}: the data of ${shortTime(asOf)} is quarantined`,
    detail:
      `Snapshot ${id} does not meet the declaration's expectations, so no model will learn from it:\n${list(failed)}\n` +
      `The report is ${reportKey} in the object store. Fix the source, or the expectations if they are too strict, ` +
      `then: perennial run ${pipeline} data`,
    at: asOf,
  });
}

type EndedCycle = Pick<Cycle, 'id' | 'pipeline' | 'reopened'> & { outcome: CycleOutcome };

export function trainingFailedAlert({ id, pipeline, reopened, outcome }: EndedCycle): Occurrence {
  const again = reopensAt({ reopened, outcome });
  // With a version it was the rollout that failed.
  const name = outcome.version === null ? null : versionName(outcome.version);
  return about('training-failed', pipeline, {
    occasion: reopened === 0 ? `cycle/${id}` : `cycle/${id}/${reopened}`,
    severity: 'warning',
    summary: `${pipeline}: ${name === null ? 'a training' : `the rollout of ${name}`} failed`,
    detail:
      `Cycle ${id} ended ${name === null ? 'without a model' : `before ${name} served`}: ${outcome.reason}\nThe model that served before still serves. ` +
      (again
        ? `The ${name === null ? `training resumes at ${again} from its checkpoint` : `rollout resumes at ${again}`}. ` +
          `To resume it sooner: perennial models retrain ${pipeline}`
        : `Fix what the message names, then: perennial models retrain ${pipeline}`),
    at: outcome.endedAt,
  });
}

export function trainingRefusedAlert({ id, pipeline, outcome }: EndedCycle): Occurrence {
  const which = outcome.version === null ? 'The challenger' : versionName(outcome.version);
  return about('training-refused', pipeline, {
    occasion: `cycle/${id}`,
    severity: 'warning',
    summary: `${pipeline}: the training after the drift did not help`,
    detail:
      `${which} of cycle ${id} does not serve (${outcome.result}): ${outcome.reason}\nThe champion keeps serving, though the data ` +
      `moved away from it. While the drift lasts, Perennial trains again, after a longer pause each time.\n` +
      `To compare both: perennial models ${pipeline}. The features may no longer predict what they used to.`,
    at: outcome.endedAt,
  });
}

export function approvalAlert({
  pipeline,
  version,
  cycle,
  rollout,
  reason,
  askedAt,
  until,
}: Omit<Approval, 'decision'>) {
  return about('approval-wanted', pipeline, {
    occasion: `rollout/${rollout}`,
    severity: 'warning',
    summary: `${pipeline}: ${versionName(version)} waits for your approval`,
    detail:
      `${cycle === null ? 'Its rollout was started by hand' : 'It passed its gate'}: ${reason}\n` +
      `Unless somebody approves it by ${shortTime(until)}, it will not serve.\n` +
      `Review it: perennial models ${pipeline}. Then: perennial approve ${pipeline}, or: perennial rollouts reject ${pipeline}`,
    at: askedAt,
  });
}

/** What a rollout did or does not do, and why. */
export interface ToldRollout {
  rollout: string;
  pipeline: string;
  version: number;
  reason: string;
  at: Instant;
}

export function rolloutHeldAlert({ rollout, pipeline, version, step, reason, at }: ToldRollout & { step: number }) {
  return about('rollout-held', pipeline, {
    occasion: `rollout/${rollout}/${step}/${contentId(reason.replace(/\d+/g, 'n'))}`,
    severity: 'warning',
    summary: `${pipeline}: the rollout of ${versionName(version)} does not continue`,
    detail:
      `At step ${step + 1}: ${reason}\nIt keeps looking: it continues by itself when it can, and rolls back if something is ` +
      `worse than allowed.\nSee its numbers: perennial rollouts show ${pipeline}. To continue regardless: perennial rollouts skip ${pipeline}. ` +
      `To take ${versionName(version)} back: perennial rollouts abort ${pipeline}`,
    at,
  });
}

export function rolledBackAlert({ rollout, pipeline, version, reason, at }: ToldRollout) {
  return about('rolled-back', pipeline, {
    occasion: `rollout/${rollout}`,
    severity: 'critical',
    summary: `${pipeline}: ${versionName(version)} was rolled back`,
    detail:
      `${reason}\nThe champion has all traffic again. See the numbers: perennial rollouts show ${pipeline}. To try it again: ` +
      `perennial rollouts start ${pipeline} ${versionName(version)}`,
    at,
  });
}

/** Of a rollout that was started by hand; in a cycle, the cycle fails. */
export function rolloutFailedAlert({ rollout, pipeline, version, reason, at }: ToldRollout) {
  return about('rollout-failed', pipeline, {
    occasion: `rollout/${rollout}`,
    severity: 'warning',
    summary: `${pipeline}: the rollout of ${versionName(version)} failed`,
    detail:
      `Rollout ${rollout} ended: ${reason}\nThe champion has all traffic. Fix what the message names, then: perennial rollouts start ` +
      `${pipeline} ${versionName(version)}`,
    at,
  });
}

export function runFailedAlert(pipeline: string, run: LastRun & { loop: FailingLoop }, at: Instant): Occurrence {
  return about(`${run.loop}-failed`, pipeline, {
    occasion: `run/${run.runId}`,
    severity: 'warning',
    summary: `${pipeline}: the ${run.loop} loop failed`,
    detail:
      `${run.workflowId} failed: ${run.reason ?? 'it gave no reason'}\nFix what the message names, then: perennial run ${pipeline} ${run.loop}. ` +
      'It will not repeat finished work.',
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

/** The loops whose failed runs raise an alert; a training raises its own. */
export const failingLoops = ['data', 'prediction', 'monitoring'] as const;
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
        `${last === null ? 'It has never run' : `It last ran for ${shortTime(last)}`}.\nTo see whether a run hangs or failed: ` +
        `perennial runs ${pipeline}. To run it now: perennial run ${pipeline} ${loop}`,
      at,
    }),
    fingerprint: missedFingerprint(pipeline, loop),
  };
}
export const missedFingerprint = (pipeline: string, loop: ScheduledLoop): string =>
  `schedule-missed/${pipeline}/${loop}`;

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
      `It was trained as of ${shortTime(asOf)}. Every scheduled training since was refused, failed or did not run.\n` +
      `To see why: perennial status ${pipeline}, and: perennial models ${pipeline}`,
    at,
  });
}

/** @param queues those that no worker polls */
export function workersGoneAlert(queues: string[], seconds: number, occasion: string, at: Instant): Occurrence {
  const still: Record<Role, string> = {
    control: 'no loop advances and nothing is decided',
    data: 'no data is extracted, checked or counted',
    training: 'no model is trained',
  };
  const silent = queues.map((queue) => ({ queue, role: roleOf(queue) }));
  const meaning = silent.map(({ queue, role }) => `  ${queue}: ${role ? still[role] : 'its work waits'}`);
  return about('workers-gone', null, {
    occasion,
    severity: silent.some(({ role }) => role === 'control') ? 'critical' : 'warning',
    summary: `no worker polls ${queues.join(', ')}`,
    detail:
      `For ${seconds} s no worker has polled these queues:\n${meaning.join('\n')}\nThe server still answers predictions. ` +
      "Check the workers' logs and restart them; waiting work resumes by itself.",
    at,
  });
}

export function temporalGoneAlert(seconds: number, why: string, occasion: string, at: Instant): Occurrence {
  return about('temporal-gone', null, {
    occasion,
    severity: 'critical',
    summary: 'Temporal does not answer',
    detail:
      `For ${seconds} s: ${why}\nLoops pause until it is back. Predictions, promotions and rollbacks work ` +
      'without it.',
    at,
  });
}

/** @param lost how many predictions were answered and not logged, and how many requests refused */
export function predictionsDroppedAlert(
  replica: string,
  { dropped, shed }: { dropped: number; shed: number },
  at: Instant,
): Occurrence {
  const lost = [dropped > 0 && `${dropped} predictions were not logged`, shed > 0 && `${shed} requests were refused`];
  return {
    ...about('predictions-dropped', null, {
      occasion: `dropped/${replica}/${at}`,
      severity: 'critical',
      summary: `server ${replica}: ${lost.filter(Boolean).join(' and ')}, because its spool was full`,
      detail:
        'Drift and performance are judged without what was not logged. The spool fills while the database is ' +
        'unreachable or slower than the server: check /health of the server, and its disk.',
      at,
    }),
    fingerprint: `predictions-dropped/${replica}`,
  };
}

/**
 * @param problems what the server reports of each pipeline whose traffic is older in the database than on the server
 */
export function trafficSetBackAlert(
  replica: string,
  problems: { pipeline: string; problem: string }[],
  at: Instant,
): Occurrence {
  return {
    ...about('traffic-set-back', null, {
      occasion: contentId(problems),
      severity: 'critical',
      summary: `server ${replica}: the database has older traffic than the server for ${named(problems.map(({ pipeline }) => pipeline))}`,
      detail:
        `${list(problems.map(({ pipeline, problem }) => `${pipeline}: ${problem}`))}\n` +
        'The server keeps serving its version. A restored backup lacks the decisions made after it; new decisions count, ' +
        'whether by a person or by a training that passes its gate.',
      at,
    }),
    fingerprint: trafficSetBackFingerprint(replica),
  };
}
export const trafficSetBackFingerprint = (replica: string): string => `traffic-set-back/${replica}`;

/** @param tripped versions of a pipeline that fail on one server, since a time in milliseconds */
export function versionTrippedAlert(
  replica: string,
  pipeline: string,
  tripped: { version: number; since: number; why: string; trips: number }[],
): Occurrence {
  const names = tripped.map(({ version }) => versionName(version)).join(' and ');
  return {
    ...about('version-tripped', pipeline, {
      occasion: contentId(tripped.map(({ version, trips, since }) => ({ version, trips, since }))),
      severity: 'critical',
      summary: `${pipeline}: ${names} of server ${replica} ${tripped.length > 1 ? 'do' : 'does'} not answer`,
      detail:
        `${list(tripped.map(({ version, why, since }) => `${versionName(version)}, since ${shortTime(instant(since))}: ${why}`))}\n` +
        'Its rows are answered by the champion, the version before it, or the mean label, and it is tried again every ' +
        `now and then. If it stays like this, go back: perennial rollback ${pipeline}`,
      at: instant(Math.max(...tripped.map(({ since }) => since))),
    }),
    fingerprint: versionTrippedFingerprint(replica, pipeline),
  };
}
export const versionTrippedFingerprint = (replica: string, pipeline: string): string =>
  `version-tripped/${pipeline}/${replica}`;

type Kind = Occurrence['kind'];
export const fingerprintOf = (kind: Kind, pipeline: string | null): string =>
  pipeline === null ? kind : `${kind}/${pipeline}`;

type Said = { occasion: string; severity: Severity; summary: string; detail: string; at: Instant };
const about = (kind: Kind, pipeline: string | null, said: Said): Occurrence => ({
  fingerprint: fingerprintOf(kind, pipeline),
  kind,
  pipeline,
  ...said,
});

const list = (lines: string[]): string =>
  [
    ...lines.slice(0, MOST_NAMED).map((line) => `  ${line}`),
    ...(lines.length > MOST_NAMED ? [`  and ${lines.length - MOST_NAMED} more`] : []),
  ].join('\n');
const named = (names: string[]): string =>
  names.length > MOST_NAMED
    ? `${names.slice(0, MOST_NAMED).join(', ')} and ${names.length - MOST_NAMED} more`
    : names.join(', ');
