import type { Occurrence } from '../alerts.ts';
import { contentId, versionName } from '../../base/ids.ts';
import { type Role, roleOf } from '../../base/names.ts';
import { instant, shortTime, type Instant } from '../../time/time.ts';
import { about, list, named } from '../occurrence.ts';

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
