import { type Instant } from './time.ts';

/** A request to train again. Stored once by its id; many requests can be settled by one cycle. */
export interface RetrainRequest {
  id: string;
  pipeline: string;
  reason: 'schedule' | 'drift' | 'person';
  asOf: Instant;
  detail: string;
  /** When the drift began to show, for a request that drift made. */
  driftSince: Instant | null;
}

/** One training from request to outcome. */
export interface Cycle {
  id: string;
  pipeline: string;
  reason: RetrainRequest['reason'];
  asOf: Instant;
  driftSince: Instant | null;
  requests: string[];
  outcome: CycleOutcome | null;
}

export interface CycleOutcome {
  result: 'promoted' | 'refused' | 'abstained' | 'superseded' | 'failed';
  version: number | null;
  reason: string;
  endedAt: Instant;
}
