import type { Pipeline } from '../../declaration/pipeline.ts';
import { before, type Instant } from '../../time/time.ts';
import { decideRetraining, type Cycle, type RetrainRequest } from './retraining.ts';

/** Whether a training is asked for, and what it waits for, as far as it is known at a moment. */
export interface NextTraining {
  /** What is asked for, the newest last. */
  asked: Pick<RetrainRequest, 'reason' | 'detail'>[];
  /** The one that is under way. */
  cycle: string | null;
  /** null: nothing. */
  waits: { until: Instant; why: string } | null;
  /** Trainings of the last week that count against the budget. */
  spent: number;
}

/** By what was asked, and what this check asks for. */
export function nextTraining(
  policy: Pick<Pipeline, 'retraining' | 'label' | 'source'>,
  { requests, cycles, now }: { requests: RetrainRequest[]; cycles: Cycle[]; now: Instant },
): NextTraining {
  const running = cycles.find(({ outcome }) => outcome === null);
  const decision = decideRetraining(policy, { requests, cycles, now });
  const week = before(now, '7 days');
  return {
    asked: requests.map(({ reason, detail }) => ({ reason, detail })),
    cycle: running?.id ?? null,
    waits: decision.kind === 'wait' ? { until: decision.until, why: decision.why } : null,
    spent: cycles.filter(({ asOf, outcome }) => asOf > week && outcome?.result !== 'nothing new').length,
  };
}
