import type { Candidate } from '../recipes/index.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { MetricName } from '../metrics/index.ts';
import type { Instant } from '../time/time.ts';
import type { Curve } from './curve.ts';
import type { SearchPlan } from './rungs.ts';

/** waiting: for a worker, or for the others of its rung; stopped: others were better, or the time was up. */
export const trialStates = ['waiting', 'running', 'stopped', 'finished', 'failed'] as const;
export type TrialState = (typeof trialStates)[number];

/** What a trial got at its latest rung. */
export interface TrialResult {
  rung: number;
  /** Of the train split. */
  rows: number;
  /** On the selection split. */
  selection: Metrics;
  /** Of this rung alone. */
  seconds: number;
  epochs: number;
  trees?: number;
}

/** One recipe with its options that a training run tried, declared or drawn by its search. */
export interface Trial {
  run: string;
  pipeline: string;
  candidate: string;
  recipe: string;
  /** The recipe with all options, as it can be declared; null for a model from elsewhere. */
  spec: Candidate | null;
  /** Drawn by the search. */
  searched: boolean;
  state: TrialState;
  /** Why it stopped or failed. */
  reason: string | null;
  result: TrialResult | null;
  /** Over all rungs. */
  seconds: number;
  /** When its run began. */
  at: Instant;
  asOf: Instant;
  /** The metric that its run chose by. */
  metric: MetricName;
  winner: boolean;
}

/** Which trials to list. */
export interface TrialFilter {
  pipeline?: string | undefined;
  recipe?: string | undefined;
  state?: TrialState | undefined;
  /** By a metric on the selection split. */
  metric?: MetricName | undefined;
  least?: number | undefined;
  most?: number | undefined;
  /** Options that must have a value, or lie between two (both included). */
  options?: readonly OptionFilter[] | undefined;
  since?: Instant | undefined;
  until?: Instant | undefined;
  limit: number;
}
export type OptionFilter = { option: string } & ({ is: string } | { least: number | null; most: number | null });

export interface TrialStart {
  candidate: string;
  recipe: string;
  spec: Candidate | null;
  searched: boolean;
}

/** A training run with what its search does. */
export interface RunLine {
  run: string;
  pipeline: string;
  at: Instant;
  asOf: Instant;
  metric: MetricName;
  search: SearchPlan | null;
  winner: string | null;
  /** It chose a winner, or ended without. */
  over: boolean;
  trials: number;
}

/** What training runs tried, with how each went. */
export interface Trials {
  /** Writes down what a run will try; what is there already stays. */
  open(run: string, trials: readonly TrialStart[]): Promise<void>;
  begin(run: string, candidate: string): Promise<void>;
  /** Keeps the first result of a rung; returns the one kept. */
  record(run: string, candidate: string, result: TrialResult, curve: Curve, last: boolean): Promise<TrialResult>;
  /** The result at a rung. */
  find(run: string, candidate: string, rung: number): Promise<TrialResult | null>;
  end(run: string, candidates: readonly string[], state: 'stopped' | 'failed', reason: string): Promise<void>;
  /** Keeps the first plan of a run's search; returns the one kept. */
  plan(run: string, plan: SearchPlan): Promise<SearchPlan>;
  findPlan(run: string): Promise<SearchPlan | null>;
  /** Keeps the first outcome of a run's search. */
  endSearch(run: string, outcome: string): Promise<void>;
  of(run: string): Promise<Trial[]>;
  curves(run: string, candidates: readonly string[]): Promise<Record<string, Curve>>;
  /** The newest first. */
  list(filter: TrialFilter): Promise<Trial[]>;
  /** The newest first; or one of them. */
  runs(pipeline: string, limit: number, run?: string): Promise<RunLine[]>;
}
