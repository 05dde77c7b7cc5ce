import { kindOf } from '../../base/errors/kind-of.ts';
import { isNumberName, numberNameAdvice } from '../../experiments/plan.ts';
import type { Instant } from '../../time/time.ts';
import { collect, keyOf, momentOf, objectOf, Wrong } from './sent-facts.ts';

/** A number that a caller posts of what became of a row: revenue, a refund, a click. */
export interface Outcome {
  name: string;
  key: string;
  value: number;
  observedAt: Instant;
}

export interface Outcomes {
  /** Records each once; of one key, name and time a later value replaces an earlier one. Returns how many were new. */
  record(pipeline: string, outcomes: readonly Outcome[]): Promise<number>;
}

export const outcomeFields = ['name', 'key', 'value', 'observed_at'] as const;

/** Checks numbers as they were sent: {"name": "revenue", "key": "t-1", "value": 9.5, "observed_at": "2026-01-03T10:30:00Z"}. */
export const checkOutcomes = (sent: readonly unknown[], now: number) =>
  collect(sent, (each) => checkOutcome(each, now), ({ name, key, observedAt }) => [name, key, observedAt]); // prettier-ignore

function checkOutcome(sent: unknown, now: number): Outcome {
  const { name, key, value, observed_at: observedAt } = objectOf(sent, outcomeFields);
  if (typeof name !== 'string' || !isNumberName(name))
    throw new Wrong('name', `${typeof name === 'string' ? 'is not a name for a number' : `is ${kindOf(name)}`}; ${numberNameAdvice}`); // prettier-ignore
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new Wrong('value', `is ${kindOf(value)}; send a finite number`);
  return { name, key: keyOf(key), value, observedAt: momentOf(observedAt, now) };
}
