import { MINUTE } from '../../core/time/time.ts';
import { type AnswerWindow } from '../../core/alerts/rules/load-alerts.ts';

const MINUTES = 5;
/** Each bucket of times is a tenth wider than the one before, from 0.01 ms on: up to a quarter of an hour. */
const GROWTH = Math.log(1.1);
const SMALLEST_MS = 0.01;
const BUCKETS = 192;

interface Slot {
  minute: number;
  requests: number;
  errors: number;
  times: Uint32Array;
}

/** How each pipeline's requests were answered in the last five minutes. */
export interface AnswerWindows {
  answered(pipeline: string, status: number, seconds: number): void;
  of(pipeline: string): AnswerWindow;
}

/** @param machine the machine's milliseconds */
export function createAnswerWindows(machine: () => number = Date.now): AnswerWindows {
  const slots = new Map<string, Slot[]>();

  function slotNow(pipeline: string): Slot {
    let all = slots.get(pipeline);
    if (!all) slots.set(pipeline, (all = []));
    const minute = Math.floor(machine() / MINUTE);
    const newest = all.at(-1);
    if (newest?.minute === minute) return newest;
    const slot = { minute, requests: 0, errors: 0, times: new Uint32Array(BUCKETS) };
    all.push(slot);
    if (all.length > MINUTES) all.shift();
    return slot;
  }

  return {
    answered(pipeline, status, seconds) {
      const slot = slotNow(pipeline);
      slot.requests++;
      if (status >= 500) slot.errors++;
      const bucket = Math.ceil(Math.log((seconds * 1000) / SMALLEST_MS) / GROWTH);
      slot.times[Math.min(BUCKETS - 1, Math.max(0, bucket))]!++;
    },
    of(pipeline) {
      const since = Math.floor(machine() / MINUTE) - MINUTES;
      const recent = (slots.get(pipeline) ?? []).filter(({ minute }) => minute > since);
      const total = (of: (slot: Slot) => number): number => recent.reduce((sum, slot) => sum + of(slot), 0);
      const requests = total((slot) => slot.requests);
      let left = Math.floor(requests * 0.05);
      let bucket = BUCKETS - 1;
      for (; bucket > 0; bucket--) {
        left -= total(({ times }) => times[bucket]!);
        if (left < 0) break;
      }
      return {
        minutes: MINUTES,
        requests,
        errors: total((slot) => slot.errors),
        p95Ms: requests === 0 ? 0 : SMALLEST_MS * Math.exp(bucket * GROWTH),
      };
    },
  };
}
