import type { Way } from '../access/actor.ts';
import type { Delivery } from './deliveries.ts';
import type { Figure } from './figures.ts';
import { shown } from '../base/errors/shown.ts';
import { milliseconds, type Instant } from '../time/time.ts';

/** Fits the subject of a mail and a line of a list. */
const MOST_SUMMARY = 300;

/** info: news, which is over as soon as it is told. */
export const severities = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof severities)[number];
/** Those of alerts that stay open. */
export const openSeverities = ['warning', 'critical'] as const satisfies Severity[];

export const alertKinds = [
  'drift',
  'performance',
  'estimate-unreliable',
  'data-quality',
  'volume',
  'staleness',
  'skew',
  'unwatched',
  'quarantine',
  'source-unreachable',
  'schema',
  'data-failed',
  'prediction-failed',
  'monitoring-failed',
  'retraining-failed',
  'lifecycle-failed',
  'experiment-failed',
  'care-failed',
  'training-failed',
  'training-refused',
  'training-no-help',
  'training-failing',
  'automation',
  'approval-wanted',
  'rollout-held',
  'rolled-back',
  'rollout-failed',
  'experiment-undecided',
  'schedule-missed',
  'champion-stale',
  'workers-gone',
  'temporal-gone',
  'predictions-dropped',
  'traffic-set-back',
  'version-tripped',
  'latency',
  'errors',
  'refused',
  'disk',
  'backlog',
  'budget-spent',
  'undelivered',
  'promoted',
  'database-gone',
] as const;
export type AlertKind = (typeof alertKinds)[number];

/** Something that happened and that a person should know about. */
export interface Occurrence {
  /** Identifies the alert when it happens again: 'drift/fraud'. */
  fingerprint: string;
  /** Identifies the occurrence when it is reported twice: 'verdict/3fa9c1'. */
  occasion: string;
  /** null: it concerns the whole installation. */
  pipeline: string | null;
  kind: AlertKind;
  severity: Severity;
  /** One line: what happened. */
  summary: string;
  /** The values, where to look, what to do. */
  detail: string;
  /** For channels that can show tables. */
  figures?: Figure[];
  at: Instant;
}

/**
 * Each occurrence asks people for another decision, without which it ends with a loss: no cooldown, acknowledgement or
 * digest of the one before may hold it back.
 */
export const asksToDecide: readonly AlertKind[] = ['approval-wanted'];

/** One row per fingerprint while it is open; an occurrence after its end opens another row. */
export interface Alert {
  id: string;
  fingerprint: string;
  pipeline: string | null;
  kind: AlertKind;
  severity: Severity;
  summary: string;
  detail: string;
  openedAt: Instant;
  lastSeenAt: Instant;
  /** How many occurrences it has had. */
  times: number;
  resolvedAt: Instant | null;
  /** Who or what ended it. */
  resolvedBy: string | null;
  silencedUntil: Instant | null;
  /** When people were last told about it, or about an earlier one with its fingerprint; null: never. */
  toldAt: Instant | null;
  toldSeverity: Severity | null;
  /** Whether people were told about this row: only then are they told when it ends. */
  told: boolean;
  /** The id of the alert that explains this one, so people are told of that one alone, until a while after it has ended; null: none. */
  under: string | null;
  /** Who has taken it on, when, and how severe it was then; null: nobody. */
  acknowledgedAt: Instant | null;
  acknowledgedBy: string | null;
  acknowledgedSeverity: Severity | null;
  /** When people were told that it is critical, and not only that it still is: escalation counts from that message. */
  criticalSince: Instant | null;
  /** How many of the declared steps of escalation were told. */
  escalated: number;
}

export interface ListedAlert extends Alert {
  /** When quiet hours end that a message about it waits for; null: none waits. */
  heldUntil: Instant | null;
}

/**
 * Why people are told about an alert: it is new, got worse, persists after the cooldown, has ended, or nobody has
 * acknowledged it. That somebody has is for programs.
 */
export type Telling = 'opened' | 'worse' | 'still' | 'resolved' | 'escalated' | 'acknowledged';

/** What became of an alert: it goes to those who were sent word of it, however mild it is by then. */
export const isSequel = (telling: Telling | 'digest' | 'test'): boolean =>
  telling === 'resolved' || telling === 'acknowledged';

/** How urgent a message is; what became of an alert is as urgent as the worst that was told of it. */
export const urgencyOf = ({ severity, criticalSince }: Alert, telling: Telling): Severity =>
  isSequel(telling) && criticalSince !== null ? 'critical' : severity;

/** An alert's state after an occurrence, and what to tell people, if anything. */
export interface Seen {
  alert: Omit<Alert, 'id'>;
  telling: Telling | null;
}

/**
 * Applies an occurrence to the newest alert with its fingerprint, which may have ended. Within the cooldown people are
 * not told again unless it got worse; a critical alert that returns is told at once, since they last heard that it
 * ended. With `under`, another alert explains it and nobody is told. `silencedUntil`: of those that are silenced with it.
 */
export function see(
  before: Alert | null,
  occurrence: Occurrence,
  cooldown: string,
  under: string | null = null,
  silencedUntil: Instant | null = before?.silencedUntil ?? null,
): Seen {
  const { occasion: _, figures: __, at, ...said } = occurrence;
  const open = before !== null && before.resolvedAt === null;
  const alert: Omit<Alert, 'id'> = {
    ...said,
    summary: shown(said.summary, MOST_SUMMARY),
    detail: shown(said.detail),
    openedAt: open ? before.openedAt : at,
    lastSeenAt: open && before.lastSeenAt > at ? before.lastSeenAt : at,
    times: open ? before.times + 1 : 1,
    // News is over as soon as it is told.
    resolvedAt: said.severity === 'info' ? at : null,
    resolvedBy: said.severity === 'info' ? 'itself' : null,
    silencedUntil,
    toldAt: before?.toldAt ?? null,
    toldSeverity: before?.toldSeverity ?? null,
    told: open && before.told,
    under,
    acknowledgedAt: open ? before.acknowledgedAt : null,
    acknowledgedBy: open ? before.acknowledgedBy : null,
    // What was taken on and has lessened becomes worse again.
    acknowledgedSeverity: open && before.acknowledgedSeverity !== null ? milder(before.acknowledgedSeverity, said.severity) : null, // prettier-ignore
    criticalSince: open ? before.criticalSince : null,
    escalated: open ? before.escalated : 0,
  };
  const telling = under === null ? tells(alert, at, cooldown) : null;
  const anew = telling !== 'still' || before?.severity !== 'critical';
  return { alert: telling ? heard(alert, at, anew) : alert, telling };
}

const milder = (one: Severity, other: Severity): Severity =>
  severities[Math.min(severities.indexOf(one), severities.indexOf(other))]!;

/** `anew`: what people heard of it before counts no more, so escalation begins again. */
const heard = <T extends Seen['alert']>(alert: T, at: Instant, anew: boolean): T => ({
  ...alert,
  told: true,
  toldAt: at,
  toldSeverity: alert.severity,
  ...(alert.severity === 'critical' && (anew || alert.criticalSince === null) && { criticalSince: at, escalated: 0 }),
  // It has become worse than what was acknowledged, or nothing was.
  acknowledgedAt: null,
  acknowledgedBy: null,
  acknowledgedSeverity: null,
});

/**
 * An open alert whose cause or silence has ended: people hear that it lasts, or is worse, and escalation counts from now.
 * `heard`: whether a message about it was sent, and `heardWorst`: that it is as severe as it is.
 */
export function release(
  alert: Alert,
  at: Instant,
  { heard: known, heardWorst }: { heard: boolean; heardWorst: boolean },
): { alert: Alert; telling: Telling } {
  return {
    alert: heard({ ...alert, under: null }, at, true),
    telling: !known ? 'opened' : heardWorst ? 'still' : 'worse',
  };
}

function tells(alert: Seen['alert'], at: Instant, cooldown: string): Telling | null {
  if (isSilenced(alert, at)) return null;
  // Each is another piece of news, or another decision.
  if (alert.severity === 'info' || asksToDecide.includes(alert.kind)) return 'opened';
  const cooled = alert.toldAt === null || Date.parse(at) - Date.parse(alert.toldAt) >= milliseconds(cooldown);
  const worseThan = (known: Severity | null): boolean => alert.severity === 'critical' && known !== 'critical';
  if (alert.acknowledgedSeverity !== null)
    return worseThan(alert.acknowledgedSeverity) && (cooled || worseThan(alert.toldSeverity)) ? 'worse' : null;
  if (alert.told) return worseThan(alert.toldSeverity) ? 'worse' : cooled ? 'still' : null;
  return cooled || alert.severity === 'critical' ? 'opened' : null;
}

export const isSilenced = ({ silencedUntil }: Pick<Alert, 'silencedUntil'>, at: Instant): boolean =>
  silencedUntil !== null && at < silencedUntil;

/** Takes an open alert on, unless somebody has. */
export function acknowledge(alert: Alert, { at, by }: { at: Instant; by: string }): Alert {
  if (alert.resolvedAt !== null || alert.acknowledgedAt !== null) return alert;
  return { ...alert, acknowledgedAt: at, acknowledgedBy: by, acknowledgedSeverity: alert.severity };
}

/** Which of the first `due` declared steps are to be told that nobody has acknowledged it. */
export function escalate(alert: Alert, due: number): { alert: Alert; told: number[] } {
  const { resolvedAt, acknowledgedAt, severity, escalated } = alert;
  if (resolvedAt !== null || acknowledgedAt !== null || severity !== 'critical' || due <= escalated)
    return { alert, told: [] };
  const told = Array.from({ length: due - escalated }, (_, i) => escalated + i);
  return { alert: { ...alert, escalated: due }, told };
}

/** What is told when an alert ends: nothing if nobody was told of it. */
export const tellsEnd = ({ told }: Alert): Telling | null => (told ? 'resolved' : null);

/** Whether people are told by this message that an alert is critical, and not only that it still is. */
export const beginsEscalation = ({ severity, criticalSince, toldAt }: Alert, telling: Telling): boolean =>
  severity === 'critical' && criticalSince === toldAt && ['opened', 'worse', 'still'].includes(telling);

export interface Resolution {
  at: Instant;
  /** The person or the check that ended it. */
  by: string;
  /** The state now. */
  reason: string;
}

export interface Alerts {
  /** Stores an occurrence, once per occasion: opens an alert, or counts it again. Returns the alert. */
  raise(occurrence: Occurrence, cooldown: string): Promise<Alert>;
  /** Ends the open alert with this fingerprint; null when there is none. */
  resolve(fingerprint: string, resolution: Resolution): Promise<Alert | null>;
  /** The fingerprints of all open alerts. */
  open(): Promise<ReadonlySet<string>>;
  /** Throws ALERT_UNKNOWN. Takes a prefix of an id that is unique. */
  get(id: string): Promise<Alert>;
  /** Only open ones unless `all`; the worst first, then the newest. */
  list(which: {
    pipeline?: string | undefined;
    all?: boolean | undefined;
    kind?: AlertKind | undefined;
    severity?: Severity | undefined;
    /** Only those that are silenced at this moment, also ended ones whose silence waits for the next. */
    silencedAt?: Instant | undefined;
    limit: number;
  }): Promise<ListedAlert[]>;
  /** Actions of a person, each with its audit row. All throw ALERT_UNKNOWN. */
  end(id: string, resolution: Resolution, from?: Way): Promise<Alert>;
  /** With all that the same automation told of other events, and will. */
  silence(id: string, until: Instant, by: string, from?: Way, reason?: string): Promise<Alert>;
  /** Ends the silence of these. */
  unsilence(id: string, at: Instant, by: string, from?: Way, reason?: string): Promise<Alert>;
  /** Stops repeats and escalation until it gets worse. The first acknowledgement stands. */
  acknowledge(id: string, at: Instant, by: string, from?: Way, reason?: string): Promise<Alert>;
  deliveries(alert: string): Promise<Delivery[]>;
}

/** A list has no more: the worst, then the newest. */
export const MOST_LISTED = 200;

/** The cooldown of alerts that concern the whole installation. */
export const INSTALLATION_COOLDOWN = '6 hours';
