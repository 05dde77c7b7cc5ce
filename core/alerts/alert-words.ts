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
import { shortTime, type Instant } from '../time/time.ts';
import type { ModelVersion } from '../training/training.ts';
import type { LastRun } from '../runs/watch.ts';

const MOST_NAMED = 10;
const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** What people read: the same text each time it is sent. */
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

/** Whether a check found drift that people should know of. */
export function driftAlert(verdict: Verdict): Occurrence | null {
  const { id, pipeline, asOf, level } = verdict;
  if (level === 'stable') return null;
  const next =
    level === 'severe'
      ? 'A new model is asked for by itself, once labels of the time after the drift have matured and the budget allows it.'
      : 'Nothing is done about it by itself yet; a new model is asked for when it becomes severe.';
  return about('drift', pipeline, {
    occasion: `verdict/${id}`,
    severity: level === 'severe' ? 'critical' : 'warning',
    summary: `${pipeline}: ${level === 'severe' ? 'severe drift' : 'drift'} in ${percent(verdict.share)} of the columns`,
    detail:
      `Between ${shortTime(verdict.window.from)} and ${shortTime(verdict.window.to)}, over ${verdict.rows.current} rows, ` +
      `these moved away from what ${versionName(verdict.version)} was tested on: ${named(driftedColumns(verdict))}.\n${next}\n` +
      `The numbers: perennial report ${pipeline}. If the change is right and lasts, wait for the new model; if the data ` +
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
      `Snapshot ${id} is not what the declaration expects, and nothing will learn from it:\n${list(failed)}\n` +
      `The report is ${reportKey} in the object store. Fix the source, or the declaration's ` +
      `expectations if they ask too much, then: perennial run ${pipeline} data`,
    at: asOf,
  });
}

type EndedCycle = Pick<Cycle, 'id' | 'pipeline' | 'reopened'> & { outcome: CycleOutcome };

export function trainingFailedAlert({ id, pipeline, reopened, outcome }: EndedCycle): Occurrence {
  const again = reopensAt({ reopened, outcome });
  return about('training-failed', pipeline, {
    occasion: reopened === 0 ? `cycle/${id}` : `cycle/${id}/${reopened}`,
    severity: 'warning',
    summary: `${pipeline}: a training failed`,
    detail:
      `Cycle ${id} ended without a model: ${outcome.reason}\nWhat served before still serves. ` +
      (again
        ? `The training resumes at ${again} from what it stored; sooner with: perennial models retrain ${pipeline}`
        : `Fix what the message names, then: perennial models retrain ${pipeline}`),
    at: outcome.endedAt,
  });
}

export function trainingRefusedAlert({ id, pipeline, outcome }: EndedCycle): Occurrence {
  const which = outcome.version === null ? 'The challenger' : versionName(outcome.version);
  return about('training-refused', pipeline, {
    occasion: `cycle/${id}`,
    severity: 'warning',
    summary: `${pipeline}: the training that drift asked for did not help`,
    detail:
      `${which} of cycle ${id} does not serve (${outcome.result}): ${outcome.reason}\nThe champion keeps serving, on data that ` +
      `moved away from it. Another training is asked for while the drift lasts, after a longer pause each time.\n` +
      `Compare both in: perennial models ${pipeline}. Perhaps the features no longer tell what they did.`,
    at: outcome.endedAt,
  });
}

export function approvalAlert({ pipeline, version, trainingRun, reason, askedAt, until }: Omit<Approval, 'decision'>) {
  return about('approval-wanted', pipeline, {
    occasion: `training run/${trainingRun}`,
    severity: 'warning',
    summary: `${pipeline}: ${versionName(version)} waits for your approval`,
    detail:
      `It passed its gate: ${reason}\nUnless somebody approves it by ${shortTime(until)} it is left where it is.\n` +
      `Look at it: perennial models ${pipeline}. Then: perennial approve ${pipeline}, or: perennial rollouts reject ${pipeline}`,
    at: askedAt,
  });
}

export function runFailedAlert(pipeline: string, run: LastRun & { loop: FailingLoop }, at: Instant): Occurrence {
  return about(`${run.loop}-failed`, pipeline, {
    occasion: `run/${run.runId}`,
    severity: 'warning',
    summary: `${pipeline}: the ${run.loop} loop failed`,
    detail:
      `${run.workflowId} failed: ${run.reason ?? 'it did not say why'}\nFix what the message names, then: perennial run ${pipeline} ${run.loop}. ` +
      'What was done already is not done again.',
    at,
  });
}
export function careFailedAlert(run: LastRun, at: Instant): Occurrence {
  return about('care-failed', null, {
    occasion: `run/${run.runId}`,
    severity: 'warning',
    summary: 'the daily care failed, so what is old stays',
    detail:
      `${run.workflowId} failed: ${run.reason ?? 'it did not say why'}\nUntil it ends well again, the database and the object store grow. ` +
      'Fix what the message names, then: perennial installation care',
    at,
  });
}

/** The loops whose failed runs are told of; trainings tell of theirs themselves. */
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
        `Its schedule "${when.cron}" (${when.zone}) named ${shortTime(due)}, and nothing has come of that by ${shortTime(at)}. ` +
        `${last === null ? 'It has never run' : `What it did last is of ${shortTime(last)}`}.\nSee whether a run hangs or failed: ` +
        `perennial runs ${pipeline}. Run it now: perennial run ${pipeline} ${loop}`,
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
    summary: `${pipeline}: ${versionName(version)} serves and has not been renewed for ${missed} scheduled trainings`,
    detail:
      `It was trained as of ${shortTime(asOf)}. Every scheduled training since was refused, failed or did not happen.\n` +
      `What came of them: perennial status ${pipeline}, and: perennial models ${pipeline}`,
    at,
  });
}

/** @param queues those that nobody asks for work */
export function workersGoneAlert(queues: string[], seconds: number, occasion: string, at: Instant): Occurrence {
  const still: Record<Role, string> = {
    control: 'no loop moves on and nothing is decided',
    data: 'no data is taken, checked or counted',
    training: 'no model is trained',
  };
  const silent = queues.map((queue) => ({ queue, role: roleOf(queue) }));
  const meaning = silent.map(({ queue, role }) => `  ${queue}: ${role ? still[role] : 'its work waits'}`);
  return about('workers-gone', null, {
    occasion,
    severity: silent.some(({ role }) => role === 'control') ? 'critical' : 'warning',
    summary: `no worker asks for work: ${queues.join(', ')}`,
    detail:
      `For ${seconds} s nobody has asked these queues for work:\n${meaning.join('\n')}\nPredictions are answered as before. ` +
      'Look at the logs of the workers and start them again; waiting work resumes by itself.',
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

export function predictionsDroppedAlert(replica: string, dropped: number, at: Instant): Occurrence {
  return {
    ...about('predictions-dropped', null, {
      occasion: `dropped/${replica}/${at}`,
      severity: 'critical',
      summary: `server ${replica}: ${dropped} predictions were lost before they were logged`,
      detail:
        'They were answered, but the spool on its disk was full or could not be written, so drift and performance are ' +
        'judged without them. The spool fills while the database is away: see /health of the server, and its disk.',
      at,
    }),
    fingerprint: `predictions-dropped/${replica}`,
  };
}

/** @param problems what the server says of each pipeline whose traffic is older in the database than what it serves */
export function trafficSetBackAlert(
  replica: string,
  problems: { pipeline: string; problem: string }[],
  at: Instant,
): Occurrence {
  return {
    ...about('traffic-set-back', null, {
      occasion: contentId(problems),
      severity: 'critical',
      summary: `server ${replica}: the database has an older traffic than is served for ${named(problems.map(({ pipeline }) => pipeline))}`,
      detail:
        `${list(problems.map(({ pipeline, problem }) => `${pipeline}: ${problem}`))}\n` +
        'The server keeps what it serves. A restored backup does not know what was decided after it was made; what is decided from ' +
        'now on counts again, by a person or by a training that passes its gate.',
      at,
    }),
    fingerprint: trafficSetBackFingerprint(replica),
  };
}
export const trafficSetBackFingerprint = (replica: string): string => `traffic-set-back/${replica}`;

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
