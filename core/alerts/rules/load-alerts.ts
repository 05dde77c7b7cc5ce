import type { ToldBeside } from '../../drift/verdict.ts';
import type { Alert, Occurrence } from '../alerts.ts';
import { refusedLimitOf, type AlertLimits } from '../../declaration/alert-limits.ts';
import type { WorkerDisk } from '../../runs/disks.ts';
import { shortTime, type Instant } from '../../time/time.ts';
import { fingerprintOf, list } from '../occurrence.ts';
import { allReasons, mainReason, toScoreThem, type Refusals } from './refusals.ts';

/** The requests for predictions of a pipeline that a server process answered in the last minutes. */
export interface AnswerWindow {
  minutes: number;
  requests: number;
  /** Of the last five minutes. */
  newest: number;
  /** Answered with a status of 500 and above; and those of the last five minutes. */
  errors: number;
  newestErrors: number;
  /** How many of the errors had each status, the most frequent first. */
  statuses?: readonly (readonly [status: number, requests: number])[];
  /** Refused with 400 or 422, since their rows are not as declared; and those of the last five minutes. */
  refused: number;
  newestRefused: number;
  refusals: Refusals;
  /** 5 % took longer than so many milliseconds. */
  p95Ms: number;
}

/** With fewer requests in the window a share and a percentile say little: older ones are added, for at most an hour. */
export const FEWEST_REQUESTS = 100;
export const LONGEST_MINUTES = 60;
/** So many are no accident among fewer requests, too. */
const MANY = 20;
/** A lasting condition occurs again each hour; the cooldown decides how often people are told. */
const hourOf = (at: Instant): string => at.slice(0, 13);
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** What each process of a server measures of its own answers. */
export const answerKinds = ['errors', 'refused', 'latency'] as const;
type AnswerKind = (typeof answerKinds)[number];
type Server = { replica: string; pipeline: string };
export const loadFingerprint = (kind: AnswerKind, { replica, pipeline }: Server): string =>
  `${fingerprintOf(kind, pipeline)}/${replica}`;

const isEnough = ({ requests }: AnswerWindow): boolean => requests >= FEWEST_REQUESTS;

const over: Record<AnswerKind, (window: AnswerWindow, limits: AlertLimits) => boolean> = {
  errors: ({ requests, errors }, limits) => errors / requests > limits.errors,
  refused: ({ requests, refused }, limits) => refused / requests > refusedLimitOf(limits),
  latency: ({ p95Ms }, limits) => p95Ms > limits.p95Ms,
};
const isOver = (kind: AnswerKind, window: AnswerWindow, limits: AlertLimits): boolean =>
  window.requests > 0 && over[kind](window, limits);

/** Enough to tell, and not only of the past: older requests alone are no news. */
const isTold: Record<AnswerKind, (window: AnswerWindow) => boolean> = {
  errors: (window) => window.newestErrors > 0 && (isEnough(window) || window.errors >= MANY),
  refused: (window) => window.newestRefused > 0 && (isEnough(window) || window.refused >= MANY),
  latency: (window) => window.newest > 0 && isEnough(window),
};

/** Why what is open is over by a window; null: it lies over the limit, or has too few requests to tell. */
export function allClear(kind: AnswerKind, window: AnswerWindow, limits: AlertLimits): string | null {
  const { minutes, requests } = window;
  if (isOver(kind, window, limits) || (!isEnough(window) && minutes < LONGEST_MINUTES)) return null;
  return requests === 0
    ? 'nothing was asked for an hour'
    : `the last ${requests} requests, of ${minutes} minutes, were within the limit`;
}

/** What people should know of a pipeline's answers, if anything. */
export function answerAlerts(server: Server, window: AnswerWindow, limits: AlertLimits, at: Instant): Occurrence[] {
  const told = answerKinds.filter((kind) => isTold[kind](window) && isOver(kind, window, limits));
  if (told.length === 0) return [];
  const { minutes, requests, errors, refused, refusals, p95Ms } = window;
  const { replica, pipeline } = server;
  const measured = `Of the ${requests} requests that server ${replica} answered in ${minutes} minutes, `;
  const failed = errors / requests;
  const slow: Occurrence = {
    fingerprint: loadFingerprint('latency', server),
    occasion: `${replica}/${hourOf(at)}`,
    pipeline,
    kind: 'latency',
    severity: 'warning',
    summary: `${pipeline}: server ${replica} answers slowly, 5 % of requests take over ${Math.round(p95Ms)} ms`,
    detail:
      `${measured}5 % took longer than ${Math.round(p95Ms)} ms; the limit is ${limits.p95Ms} ms (alerts.p95Ms).\n` +
      "Compare perennial_score_duration_seconds of its versions in GET /metrics, and the machine's load. If a new version " +
      `is slower: perennial rollback ${pipeline}. If there is more traffic, add servers or processes.`,
    at,
  };
  const failing: Occurrence = {
    ...slow,
    fingerprint: loadFingerprint('errors', server),
    kind: 'errors',
    severity: 'critical',
    summary: `${pipeline}: server ${replica} fails to answer ${percent(failed)} of requests`,
    detail:
      `${measured}${errors} failed (${statusesInWords(window)}); the limit is ${percent(limits.errors)} (alerts.errors).\n` +
      whatFailed(pipeline, window),
  };
  const refusing: Occurrence = {
    ...slow,
    fingerprint: loadFingerprint('refused', server),
    kind: 'refused',
    summary: `${pipeline}: server ${replica} refused ${refused} of ${requests} requests${mainReason(refusals, refused)}`,
    detail:
      `${measured}${refused} were refused for their rows (status 400)${allReasons(refusals, refused)}; the limit is ` +
      `${percent(refusedLimitOf(limits))} (alerts.refused). One such row refuses all of its request, and none of it is logged or ` +
      `counted: no drift check sees these rows.\n${whatToSend(pipeline, refusals)}`,
  };
  const alerts: Record<AnswerKind, Occurrence> = { errors: failing, refused: refusing, latency: slow };
  return told.map((kind) => alerts[kind]);
}

const statusesInWords = ({ statuses = [] }: AnswerWindow): string =>
  statuses.length === 0
    ? 'status 500 and above'
    : statuses.map(([status, requests]) => `${requests} with status ${status}`).join(', ');

function whatToSend(pipeline: string, refusals: Refusals): string {
  const declared = toScoreThem(refusals);
  return [
    'Fix what sends them: each answer names the row, the field and what is allowed. ' +
      `If it began with a new version, go back: perennial rollback ${pipeline}`,
    ...(declared === null
      ? []
      : [`To score such rows all the same, declare ${declared}; it applies to versions that are trained after that.`]),
  ].join('\n');
}

/** Refusing work and failing at it call for different fixes. */
function whatFailed(pipeline: string, { statuses }: AnswerWindow): string {
  const refused = !statuses || statuses.some(([status]) => status === 503);
  const failed = !statuses || statuses.some(([status]) => status !== 503);
  return [
    ...(failed
      ? [`The server's log has the reason. If a new version fails, go back: perennial rollback ${pipeline}`]
      : []),
    ...(refused
      ? [
          '503 means that it refused work: it was overloaded, stopping, without a model, or could not log. GET /health of the ' +
            'server says which, and perennial_requests_shed_total in GET /metrics of what there was too much; if it is overloaded, add servers or processes.',
        ]
      : []),
  ].join('\n');
}

/** What servers and the data loop told of a pipeline and was so at a moment of the time: the alerts of its people, read again. */
export const toldBeside = (alerts: readonly Alert[], from: Instant, to: Instant): ToldBeside[] =>
  alerts.flatMap(({ kind, pipeline, summary, openedAt, resolvedAt }) =>
    (kind === 'latency' || kind === 'errors' || kind === 'schema') &&
    openedAt <= to &&
    (resolvedAt === null || resolvedAt > from)
      ? [
          {
            kind,
            says: summary.replace(`${pipeline}: `, ''),
            from: openedAt,
            to: resolvedAt !== null && resolvedAt <= to ? resolvedAt : null,
          },
        ]
      : [],
  );

/** Shares of a disk that are used. */
export const DISK_NEARLY_FULL = 0.9;
export const DISK_FULL = 0.97;
export const diskFingerprint = (replica: string): string => `disk/${replica}`;

export const serverDiskAlert = (replica: string, { folder, used }: Measured, at: Instant): Occurrence =>
  diskAlert(
    { fingerprint: diskFingerprint(replica), of: `server ${replica}`, used, at },
    `The disk of ${folder} has models, caches and predictions that are not logged yet. When it is full, predictions ` +
      'are answered and not logged, or refused, as each declaration says.\nMake room, or give it a larger disk. To delete what ' +
      'is older than it is kept: perennial installation care',
  );

type OfWorker = Pick<WorkerDisk, 'machine' | 'device'>;
export const workerDiskFingerprint = ({ machine, device }: OfWorker): string => `disk/worker/${machine}/${device}`;

export const workerDiskAlert = ({ folder, used, ...disk }: OfWorker & Measured, at: Instant): Occurrence =>
  diskAlert(
    { fingerprint: workerDiskFingerprint(disk), of: `the worker on ${disk.machine}`, used, at },
    `The disk of ${folder} has the worker's cache, training sets, and what DuckDB has no memory for. When it is full, ` +
      'snapshots, checks, batch predictions and trainings fail there.\nMake room, or give it a larger disk. The folder ' +
      'cache in it may be deleted while the worker is stopped: what is needed is fetched again.',
  );

type Measured = Pick<WorkerDisk, 'folder' | 'used'>;
function diskAlert(
  { fingerprint, of, used, at }: { fingerprint: string; of: string; used: number; at: Instant },
  detail: string,
): Occurrence {
  return {
    fingerprint,
    occasion: `${used >= DISK_FULL ? 'full' : 'nearly'}/${hourOf(at)}`,
    pipeline: null,
    kind: 'disk',
    severity: used >= DISK_FULL ? 'critical' : 'warning',
    summary: `${of}: its disk is ${percent(used)} full`,
    detail,
    at,
  };
}

/** Something waits longer, or is more, than it should be. */
export interface Backlog {
  /** Tells backlogs apart: 'spool/one', 'log', 'queue/perennial-data'. */
  of: string;
  summary: string;
  detail: string;
}
export const backlogFingerprint = (of: string): string => `backlog/${of}`;

export const backlogAlert = ({ of, summary, detail }: Backlog, at: Instant): Occurrence => ({
  fingerprint: backlogFingerprint(of),
  occasion: `${of}/${hourOf(at)}`,
  pipeline: null,
  kind: 'backlog',
  severity: 'warning',
  summary,
  detail,
  at,
});

export const spoolBacklog = (replica: string, used: number): Backlog => ({
  of: `spool/${replica}`,
  summary: `server ${replica}: its spool is ${percent(used)} full`,
  detail:
    'Predictions wait in it for the log. From half of PERENNIAL_SPOOL_MB on, fewer and fewer are kept, or requests are ' +
    'refused when it is full, as each declaration says.\nThe database is unreachable or slower than the traffic: see ' +
    '/health of the server and the load of the database.',
});

export const logBacklog = (predictions: number): Backlog => ({
  of: 'log',
  summary: `${predictions} logged predictions are not counted yet`,
  detail:
    'Drift is checked on counts, so its checks are behind the traffic. Servers count what they have logged by themselves; ' +
    'if this grows, the database is too slow for the traffic, or no server runs.',
});

/** How much work a queue holds, and for how long the oldest has waited. */
export interface QueueBacklog {
  queue: string;
  tasks: number;
  ageMs: number;
}
export const queueBacklog = ({ queue, tasks, ageMs }: QueueBacklog): Backlog => ({
  of: `queue/${queue}`,
  summary: `${tasks} tasks wait in ${queue}, the oldest for ${Math.round(ageMs / 60_000)} minutes`,
  detail:
    'Its workers are busy: loops are late by this much. If it stays like this, add workers of this role, or spread the ' +
    'schedules: perennial schedules PIPELINE',
});

/** @param outage when the database was first and last seen not to answer, by the pipelines' clock */
export function databaseGoneAlert(outage: { from: Instant; to: Instant; seconds: number }): Occurrence {
  return {
    fingerprint: fingerprintOf('database-gone', null),
    occasion: `since/${outage.from}`,
    pipeline: null,
    kind: 'database-gone',
    severity: 'critical',
    summary: `the database did not answer for ${outage.seconds} s`,
    detail:
      `It was away from ${shortTime(outage.from)} to ${shortTime(outage.to)}, and answers again. Predictions were answered ` +
      `meanwhile, and wait in the servers' spools for the log. Loops waited.\nCheck:\n${list([
        'what the database logged at that time',
        'that the spools empty: perennial installation doctor',
      ])}`,
    at: outage.to,
  };
}
