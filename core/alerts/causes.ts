import type { Alert, AlertKind, Occurrence } from './alerts.ts';
import { severities } from './alerts.ts';
import { serverOf } from './of-servers.ts';

const platform = ['database-gone', 'temporal-gone', 'workers-gone'] as const;

/**
 * Which other open alerts explain one, of the same pipeline or of the whole installation, and of the same server where
 * both are of one; the deepest cause first. What explains a cause also explains what follows from it.
 */
export const explainedBy: Record<AlertKind, readonly AlertKind[]> = {
  'database-gone': [],
  'temporal-gone': ['database-gone'],
  'workers-gone': ['database-gone', 'temporal-gone'],
  backlog: platform,
  // A server that refuses work or fails at it keeps the rest waiting, too.
  latency: ['database-gone', 'errors'],
  errors: ['database-gone'],
  refused: [],
  'schedule-missed': [...platform, 'source-unreachable'],
  'care-failed': platform,
  'source-unreachable': [],
  schema: [],
  'data-failed': [...platform, 'source-unreachable', 'schema'],
  'prediction-failed': [...platform, 'source-unreachable', 'schema', 'data-failed', 'quarantine'],
  'monitoring-failed': [...platform, 'source-unreachable', 'schema', 'data-failed', 'quarantine'],
  'retraining-failed': platform,
  'lifecycle-failed': [...platform, 'source-unreachable', 'schema', 'data-failed', 'quarantine'],
  // An experiment that stored its end has told of it.
  'experiment-failed': [...platform, 'experiment-undecided'],
  // That several in a row came to nothing is told once.
  'training-failed': [...platform, 'training-failing'],
  'champion-stale': [
    ...platform,
    'source-unreachable',
    'schema',
    'data-failed',
    'quarantine',
    'training-failing',
    'training-failed',
  ],
  'rollout-failed': platform,
  quarantine: [],
  drift: [],
  performance: ['data-quality'],
  // What makes other rows, or other labels for them, makes estimates wrong.
  'estimate-unreliable': ['data-quality', 'drift', 'performance'],
  'data-quality': [],
  // What waits in spools is not counted yet, and what is refused never.
  volume: [...platform, 'backlog', 'refused'],
  skew: [],
  staleness: [...platform, 'source-unreachable', 'schema', 'schedule-missed', 'data-failed', 'quarantine'],
  unwatched: [
    ...platform,
    'source-unreachable',
    'schema',
    'schedule-missed',
    'data-failed',
    'quarantine',
    'staleness',
    'backlog',
    'refused',
    'volume',
  ],
  'training-refused': ['training-no-help'],
  'training-no-help': [],
  'training-failing': platform,
  automation: [],
  'approval-wanted': [],
  'rollout-held': [],
  'rolled-back': [],
  'experiment-undecided': [],
  'predictions-dropped': ['database-gone'],
  'traffic-set-back': [],
  'version-tripped': [],
  disk: [],
  'budget-spent': [],
  undelivered: [],
  promoted: [],
};

type Cause = Pick<Alert, 'id' | 'fingerprint' | 'kind' | 'pipeline' | 'severity'>;

/** The open alert that explains an occurrence; null when it has to be told by itself, as when it is more severe. */
export function causeOf<T extends Cause>(
  { fingerprint, kind, pipeline, severity }: Pick<Occurrence, 'fingerprint' | 'kind' | 'pipeline' | 'severity'>,
  open: readonly T[],
): T | null {
  const known = explainedBy[kind].flatMap((cause) => open.filter((alert) => alert.kind === cause));
  const server = serverOf(fingerprint);
  const concerns = (cause: T): boolean =>
    (cause.pipeline === null || cause.pipeline === pipeline) &&
    (server === null || [null, server].includes(serverOf(cause.fingerprint)));
  return known.find((cause) => concerns(cause) && !isWorse(severity, cause.severity)) ?? null;
}

const isWorse = (one: Alert['severity'], other: Alert['severity']): boolean =>
  severities.indexOf(one) > severities.indexOf(other);

/** An alert that outlives its cause this long is told by itself: what the cause broke should have recovered. */
export const CAUSE_GRACE = '15 minutes';

/** Alerts by the deepest of `causes` (some of these alerts) that each follows from; null: those that stand by themselves. */
export function byCause<T extends Pick<Alert, 'id' | 'under'>>(
  alerts: readonly T[],
  causes: readonly T[],
): Map<T | null, T[]> {
  const known = new Map(causes.map((cause) => [cause.id, cause]));
  const rootOf = ({ under }: T): T | null => {
    const cause = under === null ? undefined : known.get(under);
    return cause === undefined ? null : (rootOf(cause) ?? cause);
  };
  const following = new Map<T | null, T[]>();
  for (const alert of alerts) {
    const root = known.has(alert.id) ? rootOf(alert) : null;
    following.set(root, [...(following.get(root) ?? []), alert]);
  }
  return following;
}

/** Alerts with the open ones that follow from each; what has ended, or whose cause is not in the list, stands by itself. */
export function inGroups<T extends Pick<Alert, 'id' | 'under' | 'resolvedAt'>>(
  alerts: readonly T[],
): { alert: T; explains: T[] }[] {
  const open = alerts.filter(({ resolvedAt }) => resolvedAt === null);
  const following = byCause(alerts, open);
  return (following.get(null) ?? []).map((alert) => ({ alert, explains: following.get(alert) ?? [] }));
}
