import { levelWithoutBroken, movedColumns } from '../../core/drift/findings/inputs.ts';
import { hasBroken } from '../../core/drift/findings/quality.ts';
import type { Verdict } from '../../core/drift/verdict.ts';
import type { Verdicts } from '../../core/drift/verdicts.ts';
import type { Pipeline } from '../../core/declaration/pipeline.ts';
import { decayInWords } from '../../core/performance/decay-words.ts';
import type { Instant } from '../../core/time/time.ts';
import { nextTraining, type NextTraining } from '../../core/training/next-training.ts';
import {
  changeReasons,
  type ChangeReason,
  type Cycle,
  isOfChange,
  reopensAt,
  type RetrainRequest,
} from '../../core/training/retraining.ts';
import type { RetrainingLedger } from '../../core/training/retraining-ledger.ts';

/** What tells whether a check asks for a new model. */
export interface RequestPorts {
  verdicts: Pick<Verdicts, 'previous' | 'list'>;
  ledger: Pick<RetrainingLedger, 'openRequests' | 'cycles'>;
}

const REMEMBERED_CYCLES = 50;

/** The request for a new model that a check makes, if it makes one. */
export async function requestOf(
  ports: RequestPorts,
  verdict: Verdict,
  { drift }: Pipeline,
): Promise<RetrainRequest | null> {
  const previous = await ports.verdicts.previous(verdict.pipeline, verdict.asOf);
  const found = changesOf(verdict, drift);
  for (const reason of changeReasons) {
    const change = found[reason];
    if (change && (await isNews(ports, verdict, previous, reason, change.driftSince)))
      return {
        id: requestId(reason, verdict.id),
        pipeline: verdict.pipeline,
        reason,
        asOf: verdict.asOf,
        ...change,
      };
  }
  return null;
}

/** What is known of the next training when a check has ended and before it asks. */
export async function trainingAfter(ports: RequestPorts, verdict: Verdict, pipeline: Pipeline): Promise<NextTraining> {
  const [asked, open, cycles] = [
    await requestOf(ports, verdict, pipeline),
    await ports.ledger.openRequests(pipeline.name),
    await ports.ledger.cycles(pipeline.name, REMEMBERED_CYCLES),
  ];
  const others = open.filter(({ id }) => id !== asked?.id);
  return nextTraining(pipeline, { requests: [...others, ...(asked ? [asked] : [])], cycles, now: verdict.asOf });
}

/** What lasts needs no new request, unless none was ever made, or the new model did not help. */
async function isNews(
  { ledger, verdicts }: RequestPorts,
  verdict: Verdict,
  previous: Verdict | null,
  cause: ChangeReason,
  since: Instant,
): Promise<boolean> {
  const waiting = (await ledger.openRequests(verdict.pipeline)).filter(({ reason }) => isOfChange(reason));
  // An earlier attempt stored its request, but perhaps could not signal the loop.
  if (waiting.some((request) => request.id === requestId(cause, verdict.id))) return true;
  // Only the newest verdict counts: a backfill requests no model for last month.
  const [newest] = await verdicts.list(verdict.pipeline, 1);
  if (newest?.id !== verdict.id) return false;
  const cycles = await ledger.cycles(verdict.pipeline, REMEMBERED_CYCLES);
  const trainings = cycles.filter((cycle) => isOfChange(cycle.reason) && cycle.asOf >= since);
  // Rows stay far from a tagged snapshot whatever is trained, so how far may waver for as long.
  const isTagged = cause === 'drift' && verdict.reference?.kind === 'snapshot';
  if (isTagged && trainings.some(helpsOrMay)) return false;
  if (cause === 'drift' && previous?.level !== 'severe') return true;
  // A training after one change learns from the other, too.
  if (waiting.length > 0) return false;
  const [last] = trainings;
  return last === undefined || !helpsOrMay(last);
}

/** Whether a cycle made a new champion, or still can. */
const helpsOrMay = (cycle: Cycle): boolean =>
  cycle.outcome === null || cycle.outcome.result === 'promoted' || reopensAt(cycle) !== null;

const requestId = (reason: ChangeReason, verdict: string): string => `${reason}/${verdict}`;

/** What of a verdict requests a new model. */
const changesOf = (
  verdict: Verdict,
  drift: Pipeline['drift'],
): Partial<Record<ChangeReason, { detail: string; driftSince: Instant }>> => ({
  ...(levelWithoutBroken(verdict, drift) === 'severe' && {
    drift: {
      detail: `severe drift in ${movedColumns(verdict).join(', ')} (verdict ${verdict.id})`,
      driftSince: verdict.since ?? verdict.asOf,
    },
  }),
  // While columns are not filled as declared, a fall is what they cause.
  ...(verdict.concept?.decayed &&
    !hasBroken(verdict) && {
      decay: {
        detail: `the performance fell: ${decayInWords(verdict.concept)} (verdict ${verdict.id})`,
        driftSince: verdict.concept.since ?? verdict.concept.from,
      },
    }),
});
