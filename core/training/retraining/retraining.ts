import type { Pipeline } from '../../declaration/pipeline.ts';
import { after, earliest, instant, latest, milliseconds, MINUTE, WEEK, type Instant } from '../../time/time.ts';

/** What makes a model no longer fit: other inputs, or that it does worse at the inputs it gets. */
export const changeReasons = ['drift', 'decay'] as const;
export type ChangeReason = (typeof changeReasons)[number];

export const isOfChange = (reason: RetrainRequest['reason']): reason is ChangeReason =>
  changeReasons.some((change) => change === reason);

/** A request to train again. Stored once by its id; many requests can be settled by one cycle. */
export interface RetrainRequest {
  id: string;
  pipeline: string;
  reason: 'schedule' | 'automation' | ChangeReason | 'person';
  asOf: Instant;
  detail: string;
  /** When the drift began to show, or the performance fell, for a request by either. */
  driftSince: Instant | null;
  /** A model from elsewhere, to be judged in place of what a training would make. */
  brought?: BroughtModel | null;
  /** Train though nothing is new since the last training. */
  force?: true;
}

/** A model from elsewhere, as one of ours in the object store. */
export interface BroughtModel {
  objectKey: string;
  sha256: string;
  /** The file that it came in, and the hash of its bytes. */
  file: string;
  fileSha256: string;
}

/** One training from request to outcome. */
export interface Cycle {
  id: string;
  pipeline: string;
  reason: RetrainRequest['reason'];
  asOf: Instant;
  driftSince: Instant | null;
  requests: string[];
  /** How often it was reopened after a failure that can pass. */
  reopened: number;
  outcome: CycleOutcome | null;
}

export interface CycleOutcome {
  /** nothing new: it would only have repeated the last training, so none was made. cancelled: by a person. */
  result: 'promoted' | 'refused' | 'abstained' | 'rolled back' | 'superseded' | 'nothing new' | 'cancelled' | 'failed';
  /** For a failure: something was unreachable or late, and the next try needs no change by a person. */
  mayPass?: true;
  version: number | null;
  reason: string;
  endedAt: Instant;
}

/** What a wait is for. retry: a cycle that failed will be tried again. */
export type WaitFor = 'person' | 'debounce' | 'cooldown' | 'budget' | 'labels' | 'rows' | 'retry';
interface Waiting {
  what: WaitFor;
  until: Instant;
  why: string;
}

/**
 * What the loop should do next: start a cycle for the requests that are ready, try one again, or wait for a moment or
 * for news.
 */
export type RetrainingDecision =
  | { kind: 'start'; reason: RetrainRequest['reason']; requests: RetrainRequest[]; driftSince: Instant | null }
  | { kind: 'reopen'; cycle: Cycle }
  | ({ kind: 'wait' } & Waiting)
  | { kind: 'idle' };

type Policy = Pick<Pipeline, 'retraining' | 'label' | 'source'>;

const MOST_DOUBLINGS = 5;
const MOST_REOPENINGS = 5;
const REOPEN_AFTER = 10 * MINUTE;

/**
 * When a cycle whose failure can pass is reopened, since nobody would repeat its requests: after ten minutes, twice as
 * long each time, five times. null: never, or no longer.
 */
export function reopensAt({ outcome, reopened }: Pick<Cycle, 'outcome' | 'reopened'>): Instant | null {
  if (!outcome?.mayPass || reopened >= MOST_REOPENINGS) return null;
  return instant(Date.parse(outcome.endedAt) + REOPEN_AFTER * 2 ** reopened);
}

/** A later cycle with another outcome has settled the earlier one's purpose. */
const newestEnded = (cycles: Cycle[]): Cycle | null =>
  cycles.reduce<Cycle | null>((newest, cycle) => {
    const ended = cycle.outcome?.endedAt;
    return ended !== undefined && (newest === null || ended > newest.outcome!.endedAt) ? cycle : newest;
  }, null);

/** The cycle that will be tried again, and when; null: none. */
export function retryOf(cycles: Cycle[]): ({ cycle: Cycle } & Waiting) | null {
  const cycle = newestEnded(cycles);
  const until = cycle && reopensAt(cycle);
  if (!until) return null;
  return {
    cycle,
    what: 'retry',
    until,
    why: `cycle ${cycle.id} failed and will be retried (${cycle.outcome?.reason})`,
  };
}

/**
 * Decides from the stored requests and cycles alone, so a terminated loop forgets nothing. A cycle whose failure can
 * pass comes before all requests, and at once when a person asks. People are served at once; schedules and drift wait
 * for debounce, cooldown and budget; drift also waits until enough of the time after it has mature labels, since a
 * model cannot learn what nobody knows yet.
 */
export function decideRetraining(
  policy: Policy,
  {
    requests,
    cycles,
    newRows = null,
    now,
  }: { requests: RetrainRequest[]; cycles: Cycle[]; newRows?: number | null; now: Instant },
): RetrainingDecision {
  // Requests ahead of the clock wait for their own time, and delay nothing else.
  const past = <T extends { asOf: Instant }>(those: T[]): T[] => those.filter(({ asOf }) => asOf <= now);
  const retry = retryOf(cycles);
  if (retry) {
    const { cycle, ...wait } = retry;
    const asked = requests.some((request) => request.reason === 'person' && request.asOf <= now);
    return asked || wait.until <= now ? { kind: 'reopen', cycle } : { kind: 'wait', ...wait };
  }
  // Once for all of them: a burst has thousands.
  const automatic = past(requests).filter((request) => request.reason !== 'person');
  const shared = sharedReasons(policy, { asked: automatic, cycles: trainings(past(cycles)), newRows, now });
  const waitOf = createWaits(policy, shared, now);
  const waits = requests.map((request) => ({ request, ...waitOf(request) }));
  const ready = waits.filter((wait) => wait.until <= now).map((wait) => wait.request);
  // A model from elsewhere is judged alone: beside trained candidates it might never become a version.
  const brought = ready.find((request) => request.brought);
  if (brought) return { kind: 'start', reason: brought.reason, requests: [brought], driftSince: null };
  if (ready.length > 0) {
    const drift = ready.find((request) => isOfChange(request.reason));
    const first = ready.find((request) => request.reason === 'person') ?? ready[0]!;
    const reason = (drift ?? first).reason;
    return { kind: 'start', reason, requests: ready, driftSince: drift?.driftSince ?? null };
  }
  const [first, ...others] = waits;
  if (!first) return { kind: 'idle' };
  const { what, until, why } = others.reduce((a, b) => (b.until < a.until ? b : a), first);
  return { kind: 'wait', what, until, why };
}

/** Without a declared bound, requests that keep coming postpone a training for so many times the debounce. */
const DEBOUNCES_AT_MOST = 10;

/** What every request that no person made waits for. */
interface Shared {
  newest: Instant | null;
  /** Until when requests that keep coming can postpone a training. */
  postponed: Instant | null;
  reasons: Waiting[];
}

function sharedReasons(
  { retraining }: Policy,
  { asked, cycles, newRows, now }: { asked: RetrainRequest[]; cycles: Cycle[]; newRows: number | null; now: Instant },
): Shared {
  const reasons: Waiting[] = [];
  const [last] = cycles;
  if (last) {
    const unhelped = unhelpedCycles(cycles);
    const begins = (cycle: Cycle, pauses: number) =>
      instant(Date.parse(cycle.asOf) + milliseconds(retraining.cooldown) * pauses);
    const soonest = begins(last, 1);
    const later = unhelped[0] ? begins(unhelped[0], 2 ** Math.min(unhelped.length, MOST_DOUBLINGS)) : soonest;
    const longer = later > soonest ? unhelpedInWords(unhelped.length) : '';
    reasons.push({
      what: 'cooldown',
      until: latest(soonest, later),
      why: `the last training is too recent (cooldown ${retraining.cooldown}${longer})`,
    });
  }
  const earliestCounted = cycles[retraining.trainingsPerWeek - 1];
  if (earliestCounted)
    reasons.push({
      what: 'budget',
      until: instant(Date.parse(earliestCounted.asOf) + WEEK),
      why: `the week's budget of ${retraining.trainingsPerWeek} trainings is spent`,
    });
  const { minNewRows } = retraining;
  if (minNewRows !== undefined && newRows !== null && newRows < minNewRows)
    reasons.push({
      what: 'rows',
      // A new snapshot wakes the loop sooner.
      until: after(now, '1 hour'),
      why: `${newRows} of at least ${minNewRows} rows with mature labels have come since the last training`,
    });
  const times = asked.map(({ asOf }) => asOf);
  const first = times.reduce<Instant | null>(
    (oldest, asOf) => (oldest === null || asOf < oldest ? asOf : oldest),
    null,
  );
  const most = retraining.debounceAtMost
    ? milliseconds(retraining.debounceAtMost)
    : DEBOUNCES_AT_MOST * milliseconds(retraining.debounce);
  return {
    newest: times.reduce<Instant | null>((newest, asOf) => (newest === null || asOf > newest ? asOf : newest), null),
    postponed: first === null ? null : instant(Date.parse(first) + most),
    reasons,
  };
}

/** Requests of the past that differ in nothing but their own time wait for the same: it is worked out once. */
function createWaits(policy: Policy, shared: Shared, now: Instant): (request: RetrainRequest) => Waiting {
  const known = new Map<Instant | null, Waiting>();
  return (request) => {
    if (request.reason === 'person' || request.asOf > now) return readyAt(policy, request, shared);
    const wait = known.get(request.driftSince) ?? readyAt(policy, request, shared);
    known.set(request.driftSince, wait);
    return wait;
  };
}

/** When enough of the time after a change has mature labels to learn from. */
export const labelledAt = ({ retraining, label, source }: Policy, since: Instant): Instant =>
  after(after(after(since, retraining.afterDrift), label.maturesAfter), source.lateness);

/** When a request may start a training, and what it waits for till then. */
function readyAt(policy: Policy, request: RetrainRequest, shared: Shared): Waiting {
  const { retraining, label } = policy;
  const { asOf, driftSince } = request;
  if (request.reason === 'person') return { what: 'person', until: asOf, why: 'a person asked' };

  const { newest, postponed } = shared;
  const quiet = after(newest === null ? asOf : latest(newest, asOf), retraining.debounce);
  const reasons: Waiting[] = [
    {
      what: 'debounce',
      until: postponed === null ? quiet : earliest(quiet, latest(postponed, asOf)),
      why: `more requests may come (debounce ${retraining.debounce})`,
    },
    ...shared.reasons,
  ];
  if (driftSince !== null)
    reasons.push({
      what: 'labels',
      until: labelledAt(policy, driftSince),
      why: `labels of ${retraining.afterDrift} after the drift have to mature (${label.maturesAfter})`,
    });
  return reasons.reduce((a, b) => (a.until < b.until ? b : a));
}

/** One that found nothing new trained nothing: it spends no budget, and says nothing of those around it. */
const trainings = (cycles: readonly Cycle[]): Cycle[] =>
  cycles.filter(({ outcome }) => outcome?.result !== 'nothing new');

/**
 * The newest cycles after drift or a fall of performance, as many as did not help: each doubles the pause before the next. A
 * schedule's or an automation's that made no champion in between says nothing of that.
 */
export const unhelpedCycles = (cycles: readonly Cycle[]): Cycle[] =>
  firstOf(
    cycles.filter(
      ({ reason, outcome }) => (reason !== 'schedule' && reason !== 'automation') || outcome?.result === 'promoted',
    ),
    ({ reason, outcome }) => isOfChange(reason) && outcome?.result !== 'promoted',
  );

/** The newest cycles, as many as failed. */
export const failedInARow = (cycles: readonly Cycle[]): Cycle[] =>
  firstOf(cycles, ({ outcome }) => outcome?.result === 'failed');

function firstOf(all: readonly Cycle[], are: (cycle: Cycle) => boolean): Cycle[] {
  // That a person cancelled one says nothing of those around it.
  const cycles = trainings(all).filter(({ outcome }) => outcome?.result !== 'cancelled');
  const other = cycles.findIndex((cycle) => !are(cycle));
  return cycles.slice(0, other === -1 ? cycles.length : other);
}

function unhelpedInWords(count: number): string {
  return `, longer since ${count === 1 ? 'the last training' : `the last ${count} trainings`} did not help`;
}
