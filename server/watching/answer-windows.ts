import { MINUTE } from '../../core/time/time.ts';
import { type Refusal } from '../../core/alerts/rules/refusals.ts';
import { FEWEST_REQUESTS, LONGEST_MINUTES, type AnswerWindow } from '../../core/alerts/rules/load-alerts.ts';

const MINUTES = 5;
/** Each bucket of times is 2 % wider than the one before, from 0.01 ms on: up to a quarter of an hour. */
const GROWTH = Math.log(1.02);
const SMALLEST_MS = 0.01;
const BUCKETS = 926;

interface Slot {
  minute: number;
  requests: number;
  /** By status. */
  errors: Map<number, number>;
  refused: number;
  /** By problem and field, as many as are declared. */
  refusals: Map<string, Counted>;
  /** By bucket: a minute of few requests is small. */
  times: Map<number, number>;
}

interface Counted {
  refusal: Refusal | null;
  requests: number;
}

/** What a caller can fix in its rows. Keys, addresses, sizes and too many requests are other troubles. */
const REFUSED: readonly number[] = [400, 422];

/**
 * How each pipeline's requests were answered in the last five minutes, or in as many more as it takes for enough
 * requests, up to an hour.
 */
export interface AnswerWindows {
  /** @param refusal why it was refused, if it was and that has a name */
  answered(pipeline: string, status: number, seconds: number, refusal?: Refusal | null): void;
  of(pipeline: string): AnswerWindow;
}

/** The milliseconds that more than so many requests surely took: the lower end of a bucket. */
function surpassed(slots: readonly Slot[], most: number): number {
  const counts = new Map<number, number>();
  for (const { times } of slots)
    for (const [bucket, count] of times) counts.set(bucket, (counts.get(bucket) ?? 0) + count);
  let left = most;
  for (const [bucket, count] of [...counts].sort(([a], [b]) => b - a)) {
    left -= count;
    if (left < 0) return bucket === 0 ? 0 : SMALLEST_MS * Math.exp((bucket - 1) * GROWTH);
  }
  return 0;
}

function noteRefused(slot: Slot, refusal: Refusal | null): void {
  slot.refused++;
  const key = refusal === null ? '' : `${refusal.problem} ${refusal.field}`;
  slot.refusals.set(key, { refusal, requests: (slot.refusals.get(key)?.requests ?? 0) + 1 });
}

/** @param machine the machine's milliseconds */
export function createAnswerWindows(machine: () => number = Date.now): AnswerWindows {
  const slots = new Map<string, Slot[]>();
  const minuteNow = (): number => Math.floor(machine() / MINUTE);
  const began = minuteNow();
  const countOf = (all: readonly Slot[]): number => all.reduce((sum, { requests }) => sum + requests, 0);
  const sumOf = (counts: Iterable<number>): number => [...counts].reduce((sum, count) => sum + count, 0);
  const errorsOf = (all: readonly Slot[]): number => sumOf(all.map(({ errors }) => sumOf(errors.values())));
  function statusesOf(all: readonly Slot[]): [number, number][] {
    const found = new Map<number, number>();
    for (const { errors } of all)
      for (const [status, count] of errors) found.set(status, (found.get(status) ?? 0) + count);
    return [...found].sort(([, a], [, b]) => b - a);
  }

  const refusedOf = (all: readonly Slot[]): number => sumOf(all.map(({ refused }) => refused));
  function refusalsOf(all: readonly Slot[]): [Refusal | null, number][] {
    const found = new Map<string, Counted>();
    for (const { refusals } of all)
      for (const [key, { refusal, requests }] of refusals)
        found.set(key, { refusal, requests: (found.get(key)?.requests ?? 0) + requests });
    return [...found.values()]
      .sort((a, b) => b.requests - a.requests)
      .map(({ refusal, requests }) => [refusal, requests]);
  }

  /** The newest slots that a window at this minute needs, oldest first. */
  function needed(all: readonly Slot[], minute: number): Slot[] {
    const first = all.findIndex(
      (slot, i) =>
        slot.minute > minute - MINUTES ||
        (slot.minute > minute - LONGEST_MINUTES && countOf(all.slice(i + 1)) < FEWEST_REQUESTS),
    );
    return first === -1 ? [] : all.slice(first);
  }

  function slotNow(pipeline: string): Slot {
    const all = slots.get(pipeline) ?? [];
    const minute = minuteNow();
    const newest = all.at(-1);
    if (newest?.minute === minute) return newest;
    const slot: Slot = { minute, requests: 0, errors: new Map(), refused: 0, refusals: new Map(), times: new Map() };
    slots.set(pipeline, [...needed(all, minute), slot]);
    return slot;
  }

  return {
    answered(pipeline, status, seconds, refusal = null) {
      const slot = slotNow(pipeline);
      slot.requests++;
      if (status >= 500) slot.errors.set(status, (slot.errors.get(status) ?? 0) + 1);
      if (REFUSED.includes(status)) noteRefused(slot, refusal);
      const bucket = Math.ceil(Math.log((seconds * 1000) / SMALLEST_MS) / GROWTH);
      const within = Math.min(BUCKETS - 1, Math.max(0, bucket));
      slot.times.set(within, (slot.times.get(within) ?? 0) + 1);
    },
    of(pipeline) {
      const minute = minuteNow();
      const recent = needed(slots.get(pipeline) ?? [], minute);
      const newest = recent.filter((slot) => slot.minute > minute - MINUTES);
      const requests = countOf(recent);
      const watched = Math.min(LONGEST_MINUTES, minute - began + 1);
      const minutes = requests < FEWEST_REQUESTS ? watched : minute - recent[0]!.minute + 1;
      return {
        minutes: Math.max(MINUTES, minutes),
        requests,
        newest: countOf(newest),
        errors: errorsOf(recent),
        newestErrors: errorsOf(newest),
        statuses: statusesOf(recent),
        refused: refusedOf(recent),
        newestRefused: refusedOf(newest),
        refusals: refusalsOf(recent),
        p95Ms: surpassed(recent, Math.floor(requests * 0.05)),
      };
    },
  };
}
