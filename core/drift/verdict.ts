import { SCORE } from '../data/profiles/binning.ts';
import type { MetricName } from '../metrics/index.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Concept } from '../performance/decay.ts';
import type { Estimated } from '../performance/estimate.ts';
import type { EstimatedSlices } from '../performance/estimated-slices.ts';
import type { Value } from '../performance/value.ts';
import type { Instant } from '../time/time.ts';
import type { ChangeReason } from '../training/retraining/retraining.ts';
import { alarmedColumns, columnTitle } from './alarm/words.ts';
import type { Distances } from './distances/index.ts';
import type { JointBefore, JointDrift } from './joint/joint.ts';
import type { UsedReference } from './reference/kinds/index.ts';
import type { LikeRows } from './reference/like-rows.ts';
import type { Skew } from './skew.ts';
import type { Volume } from './volume/volume.ts';
import type { Explained } from './explaining/explained.ts';
import type { Unwatched } from './unwatched.ts';
import type { Farthest, JudgedAlarm } from './warned.ts';

export const levels = ['stable', 'drifting', 'severe'] as const;
export type Level = (typeof levels)[number];

/** How far one column moved from its reference. */
export interface ColumnDrift {
  column: string;
  kind: 'number' | 'category';
  distances: Distances;
  nullShare: { reference: number; current: number };
  mean: { reference: number; current: number } | null;
  /** The shares of values that the declaration does not allow; absent where it says nothing, or the counts cannot tell. */
  outside?: { reference: number; current: number };
  /** The share of values that are one and the same now, and at most how many were it before; absent where values differ. */
  stuck?: { reference: number; current: number };
  /** How many times as large its values are as the reference's, as when a unit changes; absent where it is growth at most. */
  rescaled?: number;
  drifted: boolean;
  /** False for columns derived from time and for the score. */
  votes: boolean;
  weight: number;
  /** Absent in verdicts of earlier releases, where the check abstained, and where it could not be told. */
  explained?: Explained;
}

/** How a version's predictions did. Optional fields are absent in verdicts of earlier releases. */
export interface Performance {
  version: number;
  metrics: Metrics;
  /** How many predictions it made then, with and without labels. */
  answered?: number;
  /** The declared slices that have labelled rows. */
  slices?: { name: string; metrics: Metrics }[];
  /** Of the decisions, a day; where the declaration names costs. */
  value?: Value;
}

export interface EstimatedPerformance {
  rows: number;
  /** Why there is no estimate: too much of the window is unlike the holdout; null: there is one. */
  withheld: string | null;
  /** The first of the checks in a row that had none; absent with one, and in earlier releases. */
  withheldSince?: Instant;
  metrics: Estimated['metrics'];
  decided?: Estimated['decided'];
  /** Of the decisions, a day; where the declaration names costs. */
  value?: Value;
}

/** An alert that somebody else raised: a server about its answers to requests, the data loop about the source's columns. */
export interface ToldBeside {
  kind: 'latency' | 'errors' | 'schema';
  says: string;
  from: Instant;
  /** null: it lasts. */
  to: Instant | null;
}

/** Days whose estimate can be compared with what came. */
export interface Foretold {
  /** Absent: the gate's. */
  metric?: MetricName;
  days: number;
  /** Of them, whose interval held it. */
  held: number;
  /** The mean distance of the estimates from what came. */
  error: number;
  /** The champion has no such days: these are of others; in what earlier releases stored, some of them. */
  ofOthers?: true;
}

/** The outcome of one drift check, with the numbers behind it. */
export interface Verdict {
  id: string;
  pipeline: string;
  asOf: Instant;
  window: { from: Instant; to: Instant };
  /** The hours of the day (UTC) whose holdout rows are the reference; absent when all are. */
  hours?: number[];
  /** Which of the reference's rows are compared with, and why; absent in verdicts of earlier releases. */
  like?: LikeRows;
  /** What it was compared with; absent in verdicts of earlier releases: the champion's holdout. */
  reference?: UsedReference;
  /** The champion. */
  version: number;
  binning: string;
  level: Level;
  /** The time of the first verdict since the data set was last stable; null while it is stable. */
  since: Instant | null;
  /** What is unusual for this pipeline; absent where the share of drifted columns decides. */
  alarm?: JudgedAlarm;
  /** By voting column, of all that are not raised; absent where no alarm judges, and in verdicts of earlier releases. */
  farthest?: Record<string, Farthest>;
  /** Why the alarm cannot tell yet, so that the share of drifted columns warns in its place. */
  unsure?: string;
  /** For how long no check could tell of drift; absent: this one can. */
  unwatched?: Unwatched;
  /** Weighted share of the voting columns that drifted. */
  share: number;
  rows: { reference: number; current: number };
  /** The reason, when there were too few rows to tell; the level is then stable. */
  abstained: string | null;
  columns: ColumnDrift[];
  /** Whether rows can be told from the reference's by all columns together; absent where that was not compared. */
  joint?: JointDrift;
  /** The last such comparison, where this check could not compare rows itself; it is told no more. */
  jointBefore?: JointBefore;
  /** The same distances for the model's scores; null without a reference. */
  score: ColumnDrift | null;
  /** By version: predictions served one maturity ago, judged by the labels that have matured by now. */
  performance: Performance[];
  /** The days of `performance`. Absent in verdicts of earlier releases. */
  labelled?: { from: Instant; to: Instant };
  /** What the champion's metrics in the window will be once labels come, if labels follow from inputs as before. */
  estimated?: EstimatedPerformance;
  /** The same by declared slice, of whole days; absent where none is declared, and in verdicts of earlier releases. */
  estimatedSlices?: EstimatedSlices;
  /** How the estimates of earlier days did, now that the labels have come. */
  foretold?: Foretold;
  /** Whether the champion still does as well as it promised, at the inputs that it gets; absent: too few labels to tell. */
  concept?: Concept;
  /** How many predictions were made, and rows of the source came; absent: with too little past, and in earlier releases. */
  /** `late`: after so many hours one in twenty predictions has still not come, which is too many to judge those of an hour. */
  volume?: { predictions?: Volume; rows?: Volume; late?: number };
  /** The newest published data, and when newer was due; absent: it is as new as its schedule says. */
  stale?: { asOf: Instant; due: Instant };
  /** Served rows and the source's; absent: none of them came with a key and time of its own, and in earlier releases. */
  skew?: Skew;
  /** What others told since the check before; absent: nothing, and in earlier releases. */
  answers?: ToldBeside[];
  /** What comes of each change that calls for a model, as the check knew. Absent: none does, or it judged an earlier time. */
  leadsTo?: Partial<Record<ChangeReason, LeadsTo>>;
  reportKey: string | null;
}

/**
 * asks: the check asks for a model. asked: one is asked for. trains: a training after the change is under way. trained:
 * one after the change made a champion, so no other model is asked for.
 */
export type LeadsTo = 'asks' | 'asked' | 'trains' | 'trained';

/** The columns whose distances passed their thresholds. A column without a vote can drift too; only the report shows it. */
export const driftedColumns = ({ columns }: Pick<Verdict, 'columns'>): string[] =>
  columns.filter(({ drifted, votes, weight }) => drifted && votes && weight > 0).map(({ column }) => column);

type Behind = Pick<Verdict, 'columns' | 'alarm'> & Partial<Pick<Verdict, 'abstained'>>;

/** The columns behind a verdict's level, the score among them; none of a check that abstained, whatever its alarm holds. */
export const columnsBehind = (verdict: Behind): string[] => [
  ...raisedOrDrifted(verdict),
  ...((verdict.abstained ?? null) === null ? warnedColumns(verdict) : []),
];

/** The same without those that only warn. */
export function raisedOrDrifted(verdict: Behind): string[] {
  if ((verdict.abstained ?? null) !== null) return [];
  return verdict.alarm ? alarmedColumns(verdict.alarm) : driftedColumns(verdict);
}

/** Those that the alarm is blind for, and that warn in its place. */
export const warnedColumns = ({ alarm }: Pick<Verdict, 'alarm'>): string[] => alarm?.warned ?? [];

/** The same for people. */
export const behindInWords = (verdict: Behind): string[] => columnsBehind(verdict).map(columnTitle);

/**
 * The columns that may be what moves scores: those behind the level; all of them where the score itself is behind it, or
 * no alarm judges.
 */
export function suspects(verdict: Pick<Verdict, 'columns' | 'alarm'>): ColumnDrift[] {
  const behind = columnsBehind(verdict);
  const tells = verdict.alarm !== undefined && !behind.includes(SCORE);
  return tells ? verdict.columns.filter(({ column }) => behind.includes(column)) : verdict.columns;
}
