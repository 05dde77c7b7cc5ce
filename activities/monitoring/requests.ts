import { columnTitle } from '../../core/drift/alarm/words.ts';
import { levelWithoutBroken, movedColumns } from '../../core/drift/findings/inputs.ts';
import { isFallOfBroken } from '../../core/drift/findings/quality.ts';
import type { LeadsTo, Verdict } from '../../core/drift/verdict.ts';
import type { Verdicts } from '../../core/drift/verdicts.ts';
import type { Pipeline } from '../../core/declaration/pipeline.ts';
import { decayInWords } from '../../core/performance/decay-words.ts';
import type { Instant } from '../../core/time/time.ts';
import { nextTraining, type NextTraining } from '../../core/training/retraining/next-training.ts';
import {
  changeReasons,
  type ChangeReason,
  type Cycle,
  isOfChange,
  labelledAt,
  reopensAt,
  type RetrainRequest,
} from '../../core/training/retraining/retraining.ts';
import { REMEMBERED_CYCLES, type RetrainingLedger } from '../../core/training/retraining/retraining-ledger.ts';

/** What tells whether a check asks for a new model. */
export interface RequestPorts {
  verdicts: Pick<Verdicts, 'previous' | 'list'>;
  ledger: Pick<RetrainingLedger, 'openRequests' | 'cycles'>;
}

/** The request for a new model that a check makes, if it makes one. */
export async function requestOf(
  ports: RequestPorts,
  verdict: Verdict,
  policy: Pipeline,
): Promise<RetrainRequest | null> {
  const { id, pipeline, asOf } = verdict;
  const previous = await ports.verdicts.previous(pipeline, asOf);
  // Only the newest verdict counts: a backfill requests no model for last month.
  const [newest] = await ports.verdicts.list(pipeline, 1);
  const open = await ports.ledger.openRequests(pipeline);
  const found = changesOf(verdict, policy.drift);
  for (const reason of changeReasons) {
    const change = found[reason];
    if (!change) continue;
    const request = { id: requestId(reason, id), pipeline, reason, asOf, ...change };
    // An earlier attempt stored its request, but perhaps could not signal the loop.
    if (open.some((other) => other.id === request.id)) return request;
    if (newest?.id !== id) continue;
    if ((await leadsToOf(ports, policy, verdict, previous, reason, change.driftSince)) === 'asks') return request;
  }
  return null;
}

/** What comes of the changes that a check found, before it is stored. A backfill asks for nothing. */
export async function whatComes(
  ports: Pick<RequestPorts, 'ledger'>,
  verdict: Verdict,
  previous: Verdict | null,
  policy: Pipeline,
): Promise<Pick<Verdict, 'leadsTo'>> {
  const found = Object.entries(changesOf(verdict, policy.drift)) as [ChangeReason, { driftSince: Instant }][];
  const severe = await Promise.all(
    found.map(async ([reason, { driftSince }]) => [
      reason,
      await leadsToOf(ports, policy, verdict, previous, reason, driftSince),
    ]),
  );
  const leadsTo: NonNullable<Verdict['leadsTo']> = Object.fromEntries(severe);
  // A drift that is not severe asks for nothing yet; away from a tagged snapshot it may never again.
  if (!leadsTo.drift && isTagged(verdict) && levelWithoutBroken(verdict, policy.drift) !== 'stable') {
    const since = verdict.since ?? verdict.asOf;
    const [helped] = (await trainingsAfter(ports, policy, 'drift', since)).filter(helpsOrMay);
    if (helped) leadsTo.drift = cameOf(helped);
  }
  return Object.keys(leadsTo).length > 0 ? { leadsTo } : {};
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

/** What lasts, or comes and goes while a request waits, needs no new one, unless the new model did not help. */
async function leadsToOf(
  ports: Pick<RequestPorts, 'ledger'>,
  policy: Pipeline,
  verdict: Verdict,
  previous: Verdict | null,
  cause: ChangeReason,
  since: Instant,
): Promise<LeadsTo> {
  const trainings = await trainingsAfter(ports, policy, cause, since);
  // Rows stay far from a tagged snapshot whatever is trained, so how far may waver for as long.
  const helped = cause === 'drift' && isTagged(verdict) ? trainings.find(helpsOrMay) : undefined;
  if (helped) return cameOf(helped);
  // A training after one change learns from the other, too.
  const waiting = (await ports.ledger.openRequests(verdict.pipeline)).filter(({ reason }) => isOfChange(reason));
  if (waiting.some(({ id }) => id === requestId(cause, verdict.id))) return 'asks';
  if (waiting.length > 0) return 'asked';
  if (cause === 'drift' && previous?.level !== 'severe') return 'asks';
  const [last] = trainings;
  return last === undefined || !helpsOrMay(last) ? 'asks' : cameOf(last);
}

/**
 * The trainings that learnt from a change, newest first. One for a drift that was over by then may have begun before
 * the labels of this one were mature. Where a fall began is estimated anew at each check, so that is no measure.
 */
async function trainingsAfter(
  { ledger }: Pick<RequestPorts, 'ledger'>,
  policy: Pipeline,
  cause: ChangeReason,
  since: Instant,
): Promise<Cycle[]> {
  const learnt = ({ asOf, driftSince }: Cycle): boolean =>
    cause !== 'drift' || asOf >= labelledAt(policy, since) || (driftSince ?? asOf) >= since;
  const cycles = await ledger.cycles(policy.name, REMEMBERED_CYCLES);
  return cycles.filter((cycle) => isOfChange(cycle.reason) && cycle.asOf >= since && learnt(cycle));
}

const isTagged = ({ reference }: Verdict): boolean => reference?.kind === 'snapshot';

/** Whether a cycle made a new champion, or still can. */
const helpsOrMay = (cycle: Cycle): boolean =>
  cycle.outcome === null || cycle.outcome.result === 'promoted' || reopensAt(cycle) !== null;

const cameOf = ({ outcome }: Cycle): LeadsTo => (outcome?.result === 'promoted' ? 'trained' : 'trains');

const requestId = (reason: ChangeReason, verdict: string): string => `${reason}/${verdict}`;

/** What of a verdict requests a new model. */
const changesOf = (
  verdict: Verdict,
  drift: Pipeline['drift'],
): Partial<Record<ChangeReason, { detail: string; driftSince: Instant }>> => ({
  ...(levelWithoutBroken(verdict, drift) === 'severe' && {
    drift: {
      detail: `severe drift in ${movedColumns(verdict).map(columnTitle).join(', ')} (verdict ${verdict.id})`,
      driftSince: verdict.since ?? verdict.asOf,
    },
  }),
  // While columns are not filled as declared, or lately were not, a fall is what they cause.
  ...(verdict.concept?.decayed &&
    !isFallOfBroken(verdict) && {
      decay: {
        detail: `the performance fell: ${decayInWords(verdict.concept)} (verdict ${verdict.id})`,
        driftSince: verdict.concept.since ?? verdict.concept.from,
      },
    }),
});
