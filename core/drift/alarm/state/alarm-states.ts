import type { Instant } from '../../../time/time.ts';
import type { AlarmState } from './state.ts';

export interface AlarmStates {
  /** The newest state of this past that holds no hour from `to` on. */
  find(pipeline: string, past: string, to: Instant): Promise<AlarmState | null>;
  /** Keeps a state, and drops those that are days older. */
  record(pipeline: string, past: string, state: AlarmState): Promise<void>;
}
