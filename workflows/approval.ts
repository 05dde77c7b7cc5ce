import { type Decision } from '../core/rollout/approvals.ts';
import { MINUTE } from '../core/time/time.ts';
import { decideRollout } from './messages.ts';
import { askForApproval, decideApproval, lookForWord } from './steps.ts';
import { ApplicationFailure, condition, setHandler } from '@temporalio/workflow';

/** How long a rollout waits for a word before it looks whether one was stored and nobody could wake it. */
const LOOK_FOR_WORD = 30 * MINUTE;

/** What a person said, or null when the time that is declared for it (`within`) passed without a word. */
export interface Said {
  word: Decision | null;
  within: string;
}

/**
 * Takes a person's word while the rollout waits for it. The word that holds is the stored one, so a run that starts again
 * goes by it too.
 */
export function openDesk(rollout: string) {
  let waits = false;
  let word: Decision | null = null;
  const take = async (decision: Decision): Promise<void> => void (word = await storedWord(rollout, decision));
  setHandler(decideRollout, take, {
    validator(_decision: Decision) {
      if (word) throw new Error(`${word.by} has ${saidOf(word)} it already.`);
      if (!waits) throw new Error('This rollout does not wait for an approval.');
    },
  });

  return {
    /** Asks for approval and waits; `tell` is given how long. */
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

/** Stores a word; throws unless it is the one that holds. */
async function storedWord(rollout: string, decision: Decision): Promise<Decision> {
  const holds = await decideApproval({ rollout, decision });
  if (holds?.by === decision.by && holds.approve === decision.approve) return holds;
  throw ApplicationFailure.nonRetryable(
    holds ? `${holds.by} has ${saidOf(holds)} it already.` : 'The time for a word is over.',
    'NOTHING_TO_APPROVE',
  );
}

export const saidOf = ({ approve }: Decision): string => (approve ? 'approved' : 'rejected');
