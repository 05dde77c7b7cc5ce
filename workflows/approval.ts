import { type Decision } from '../core/rollout/approvals.ts';
import { MINUTE } from '../core/time/time.ts';
import { decideRollout } from './messages.ts';
import { askForApproval, decideApproval, lookForWord } from './steps.ts';
import { ApplicationFailure, condition, setHandler } from '@temporalio/workflow';

/** How long a rollout waits for a decision before it checks whether one was stored and could not wake it. */
const LOOK_FOR_WORD = 30 * MINUTE;

/** A person's decision, or null when the declared time (`within`) passed without one. */
export interface Said {
  word: Decision | null;
  within: string;
}

/**
 * Accepts a person's decision while the rollout waits for it. The stored decision holds, so a restarted run uses it
 * too.
 */
export function openDesk(rollout: string) {
  let waits = false;
  let word: Decision | null = null;
  const take = async (decision: Decision): Promise<void> => void (word = await storedWord(rollout, decision));
  setHandler(decideRollout, take, {
    validator(_decision: Decision) {
      if (word) throw new Error(`${word.by} has already ${saidOf(word)} it.`);
      if (!waits) throw new Error('This rollout does not wait for an approval.');
    },
  });

  return {
    /** Requests approval and waits; `tell` receives how long. */
    async waitForWord(tell: (until: string) => void): Promise<Said> {
      waits = true; // before the question is asked: the answer may be quicker than the news that it was
      const { until, within, ...standing } = await askForApproval({ rollout });
      tell(until);
      let { decision, milliseconds } = standing;
      while (!decision && milliseconds !== 0) {
        await condition(() => word !== null, Math.max(1, Math.min(milliseconds ?? LOOK_FOR_WORD, LOOK_FOR_WORD)));
        if (word) decision = word;
        else ({ decision, milliseconds } = await lookForWord({ rollout, until }));
      }
      waits = false;
      return { word: decision, within };
    },
  };
}

/** Stores a decision; throws unless it is the one that holds. */
async function storedWord(rollout: string, decision: Decision): Promise<Decision> {
  const holds = await decideApproval({ rollout, decision });
  if (holds?.by === decision.by && holds.approve === decision.approve) return holds;
  throw ApplicationFailure.nonRetryable(
    holds ? `${holds.by} has already ${saidOf(holds)} it.` : 'The deadline for a decision has passed.',
    'NOTHING_TO_APPROVE',
  );
}

export const saidOf = ({ approve }: Decision): string => (approve ? 'approved' : 'rejected');
