import type { Instant } from '../time/time.ts';
import type { Judgement } from './steps/decide.ts';
import type { RolloutOutcome } from './rollouts.ts';

/** What monitoring systems want to know of an installation's rollouts. */
export interface RolloutCounts {
  underWay: {
    pipeline: string;
    version: number;
    /** Counted from 1; 0: it waits for its turn. */
    step: number;
    since: Instant | null;
    /** Of its newest look. */
    decision: Judgement['decision'] | null;
  }[];
  ended: { pipeline: string; result: RolloutOutcome['result']; count: number }[];
}

export type ReadRolloutCounts = () => Promise<RolloutCounts>;
