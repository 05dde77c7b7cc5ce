import { type Named } from '../../activities/rollout/rolled-out.ts';
import { type Decision } from '../../core/rollout/approvals.ts';
import { MINUTE } from '../../core/time/time.ts';
import { decideRollout } from '../messages.ts';
import { askForApproval, decideApproval, lookForWord } from './steps.ts';
import { ApplicationFailure, condition, setHandler } from '@temporalio/workflow';

/** How long a rollout waits for a decision before it checks whether one was stored and could not wake it. */
export const LOOK_AGAIN = 30 * MINUTE;

/** A person's decision; null when the declared time (`within`) passed without one, or none matters any more. */
export interface Decided {
  decision: Decision | null;
  within: string;
  superseded?: string;
}

/**
 * Accepts a person's decision while the rollout waits for it. The stored decision holds, so a restarted run uses it
 * too.
 */
export function openDesk(rollout: string) {
  let waits = false;
  let received: Decision | null = null;
  const take = async (decision: Decision): Promise<void> =>
    void (received = await storedDecision({ rollout }, decision));
  setHandler(decideRollout, take, {
    validator(_decision: Decision) {
      if (received) throw new Error(`${received.by} has already ${verbOf(received)} it.`);
      if (!waits) throw new Error('This rollout does not wait for an approval.');
    },
  });

  return {
    /** Requests approval and waits; `tell` receives how long. */
    async waitForDecision(tell: (until: string) => void): Promise<Decided> {
      waits = true; // before the request is stored: a decision can arrive before this run learns that it is
      const { until, within, ...standing } = await askForApproval({ rollout });
      tell(until);
      let { decision, milliseconds } = standing;
      let superseded: string | undefined;
      while (!decision && milliseconds !== 0 && superseded === undefined) {
        await condition(() => received !== null, Math.max(1, Math.min(milliseconds ?? LOOK_AGAIN, LOOK_AGAIN)));
        if (received) decision = received;
        else ({ decision, milliseconds, superseded } = await lookForWord({ rollout, until }));
      }
      waits = false;
      return { decision, within, ...(superseded !== undefined && { superseded }) };
    },
  };
}

/** Stores a decision; throws unless it is the one that holds. */
export async function storedDecision(of: Named, decision: Decision): Promise<Decision> {
  const holds = await decideApproval({ ...of, decision });
  if (holds?.by === decision.by && holds.approve === decision.approve) return holds;
  throw ApplicationFailure.nonRetryable(
    holds ? `${holds.by} has already ${verbOf(holds)} it.` : 'The deadline for a decision has passed.',
    'NOTHING_TO_APPROVE',
  );
}

export const verbOf = ({ approve }: Decision): string => (approve ? 'approved' : 'rejected');
