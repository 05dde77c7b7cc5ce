import type { AlertKind, Severity } from '../alerts/alerts.ts';
import type { AutomationRun } from '../automations/automations.ts';
import type { MetricName } from '../metrics/index.ts';
import type { Instant } from '../time/time.ts';
import type { CycleOutcome, WaitFor } from '../training/retraining/retraining.ts';
import type { Verdict } from '../drift/verdict.ts';

/** The loops whose last success monitoring systems want to know of. */
export const succeedingLoops = ['data', 'training', 'prediction', 'monitoring'] as const;
export type SucceedingLoop = (typeof succeedingLoops)[number];

/** The part of a check that does not grow with the columns. */
export type CheckOfFleet = Pick<
  Verdict,
  | 'asOf'
  | 'version'
  | 'level'
  | 'share'
  | 'abstained'
  | 'unsure'
  | 'unwatched'
  | 'alarm'
  | 'performance'
  | 'estimated'
  | 'foretold'
  | 'concept'
  | 'joint'
>;

/** What monitoring systems want to know of a pipeline. */
export interface PipelineFacts {
  pipeline: string;
  /** What its gate looks at, and the declared floor. */
  metric: MetricName;
  floor: number | null;
  check: CheckOfFleet | null;
  /** For when the champion was trained; null: none serves. */
  champion: Instant | null;
  /** For when each loop last did its work; null: it never has. */
  succeeded: Record<SucceedingLoop, Instant | null>;
  /** Ended trainings, by what came of them. */
  ended: { result: CycleOutcome['result']; count: number }[];
  /** What automations did about events of the last month. */
  automations: { state: AutomationRun['state']; count: number }[];
  /** Whether a training is under way. */
  trains: boolean;
  /** Requests that no training has taken yet, and what they wait for; null: nothing is known of it. */
  requests: number;
  waitsFor: WaitFor | null;
  /** How many trainings the week still allows that no person asks for. */
  budgetLeft: number;
}

/** What monitoring systems want to know of an installation: a query a fact, however many pipelines. */
export interface FleetFacts {
  pipelines: PipelineFacts[];
  /** Open ones that no other explains and nobody silenced. */
  alerts: { pipeline: string | null; kind: AlertKind; severity: Severity; count: number }[];
  /** How long the oldest message to people has waited; null: none does. */
  oldestDeliveryMs: number | null;
}

export type ReadFleetFacts = (now: Instant) => Promise<FleetFacts>;
