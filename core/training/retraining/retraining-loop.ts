import type { RetrainRequest } from './retraining.ts';
import type { Instant } from '../../time/time.ts';

/** Signals the retraining loop; starts it if it does not run. */
export interface RetrainingLoop {
  ensure(pipeline: string): Promise<void>;
  ask(request: RetrainRequest): Promise<void>;
  newData(pipeline: string, asOf: Instant): Promise<void>;
  trainingEnded(pipeline: string, cycle: string): Promise<void>;
}
