import { kindOf } from '../../base/errors/kind-of.ts';
import type { Instant } from '../../time/time.ts';
import type { LabelKind } from './label-kinds.ts';
import type { LabelFact } from './labels.ts';
import { collect, keyOf, momentOf, objectOf, Wrong } from './sent-facts.ts';

/** Labels that callers send, beside those that the data loop reads. */
export interface SentLabels {
  /** Records facts, each once; returns how many were new, corrected values included. */
  record(pipeline: string, facts: readonly LabelFact[], knownAt: Instant): Promise<number>;
}

export type { FactProblem as LabelProblem } from './sent-facts.ts';

export const labelFields = ['key', 'value', 'observed_at'] as const;

/** Checks labels as they were sent: {"key": "t-1", "value": 1, "observed_at": "2026-01-03T10:30:00Z"}. */
export const checkLabels = (sent: readonly unknown[], kind: LabelKind, now: number) =>
  collect(sent, (each) => checkLabel(each, kind, now), ({ key, observedAt }) => [key, observedAt]); // prettier-ignore

function checkLabel(sent: unknown, kind: LabelKind, now: number): LabelFact {
  const { key, value, observed_at: observedAt } = objectOf(sent, labelFields);
  return { key: keyOf(key), value: valueOf(value, kind), observedAt: momentOf(observedAt, now) };
}

function valueOf(value: unknown, kind: LabelKind): number {
  const number = typeof value === 'boolean' && kind === 'binary' ? Number(value) : value;
  if (typeof number === 'number' && (kind === 'binary' ? number === 0 || number === 1 : Number.isFinite(number)))
    return number;
  throw new Wrong('value', `is ${kindOf(value)}; send ${kind === 'binary' ? '0 or 1' : 'a finite number'}`);
}
