import { kindOf } from '../../base/errors/kind-of.ts';
import type { Instant } from '../../time/time.ts';
import { classesInWords, LARGEST_LABEL, type LabelKind } from './label-kinds.ts';
import type { LabelFact } from './labels.ts';
import { collect, keyOf, momentOf, objectOf, Wrong } from './sent-facts.ts';

/** Labels that callers send, beside those that the data loop reads. */
export interface SentLabels {
  /** Records facts, each once; returns how many were new, corrected values included. */
  record(pipeline: string, facts: readonly LabelFact[], knownAt: Instant): Promise<number>;
}

export type { FactProblem as LabelProblem } from './sent-facts.ts';

/** What a declaration says of labels that are sent. */
export interface SentLabel {
  kind: LabelKind;
  /** For kind class. */
  classes?: readonly string[] | undefined;
}

export const labelFields = ['key', 'value', 'observed_at'] as const;

/** Checks labels as they were sent: {"key": "t-1", "value": 1, "observed_at": "2026-01-03T10:30:00Z"}. */
export const checkLabels = (sent: readonly unknown[], label: SentLabel, now: number) =>
  collect(sent, (each) => checkLabel(each, label, now), ({ key, observedAt }) => [key, observedAt]); // prettier-ignore

function checkLabel(sent: unknown, label: SentLabel, now: number): LabelFact {
  const { key, value, observed_at: observedAt } = objectOf(sent, labelFields);
  return {
    key: keyOf(key),
    value: valueOf[label.kind](value, label.classes ?? []),
    observedAt: momentOf(observedAt, now),
  };
}

/** A label as Perennial stores it: the number that was sent, or the place of the class. */
const valueOf: Record<LabelKind, (value: unknown, classes: readonly string[]) => number> = {
  binary(value) {
    const number = typeof value === 'boolean' ? Number(value) : value;
    if (number === 0 || number === 1) return number;
    throw new Wrong('value', `is ${kindOf(value)}; send 0 or 1`);
  },
  number(value) {
    if (typeof value !== 'number' || !Number.isFinite(value))
      throw new Wrong('value', `is ${kindOf(value)}; send a finite number`);
    if (Math.abs(value) <= LARGEST_LABEL) return value;
    throw new Wrong('value', `is beyond ${LARGEST_LABEL} in size; leave out what is unknown`);
  },
  class(value, classes) {
    const named = ['string', 'number', 'boolean'].includes(typeof value) ? classes.indexOf(String(value)) : -1;
    if (named >= 0) return named;
    const problem = typeof value === 'string' ? 'is none of the classes' : `is ${kindOf(value)}`;
    throw new Wrong('value', `${problem}; send one of ${classesInWords(classes)}`);
  },
};
