import type { Approval } from '../../rollout/approvals.ts';
import type { AlertKind } from '../alerts.ts';
import { contentId, versionName } from '../../base/ids.ts';
import { shortTime, type Instant } from '../../time/time.ts';
import { about } from '../occurrence.ts';

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

/** What no longer matters once another version serves. */
export const endedByChampion = [
  'training-refused',
  'training-no-help',
  'champion-stale',
  'estimate-unreliable',
  'rolled-back',
  'rollout-failed',
  'experiment-undecided',
] as const satisfies AlertKind[];

/** News: nobody has to do anything. */
export function promotedAlert({
  pipeline,
  version,
  backTo,
  reason,
  at,
  by,
}: Omit<ToldRollout, 'rollout'> & { by: string; /** What a rollback gives all traffic to. */ backTo: number | null }) {
  return about('promoted', pipeline, {
    occasion: `${by}/${version}`,
    severity: 'info',
    summary: `${pipeline}: ${versionName(version)} serves now`,
    detail:
      `${reason}\nIts card: perennial models show ${pipeline} ${versionName(version)}` +
      (backTo === null ? '' : `. To go back to the version before: perennial rollback ${pipeline}`),
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
