import { kindOf } from '../base/kind-of.ts';
import { instant, MINUTE, parseMoment, type Instant } from '../time/time.ts';
import type { LabelKind } from './label-kinds.ts';
import type { LabelFact } from './labels.ts';

/** Labels that callers send, beside those that the data loop reads. */
export interface SentLabels {
  /** Records facts, each once; returns how many were new, corrected values included. */
  record(pipeline: string, facts: readonly LabelFact[], knownAt: Instant): Promise<number>;
}

/** What is wrong with one label of a request, without its values. */
export interface LabelProblem {
  row: number;
  field: string | null;
  message: string;
}

export const labelFields = ['key', 'value', 'observed_at'] as const;
type Field = (typeof labelFields)[number];

/** Longer keys do not fit into an index. */
export const LONGEST_KEY = 500;
/** A sender's clock may be ahead of ours. */
const AHEAD = 5 * MINUTE;

class Wrong extends Error {
  readonly field: Field | null;
  constructor(field: Field | null, message: string) {
    super(message);
    this.field = field;
  }
}

/** Checks labels as they were sent: {"key": "t-1", "value": 1, "observed_at": "2026-01-03T10:30:00Z"}. */
export function checkLabels(sent: readonly unknown[], kind: LabelKind, now: number) {
  const facts = new Map<string, LabelFact>();
  const problems: LabelProblem[] = [];
  for (const [row, each] of sent.entries())
    try {
      const fact = checkLabel(each, kind, now);
      facts.set(JSON.stringify([fact.key, fact.observedAt]), fact); // the last value counts, as in two requests
    } catch (error) {
      if (!(error instanceof Wrong)) throw error;
      problems.push({ row, field: error.field, message: error.message });
    }
  return { facts: [...facts.values()], problems };
}

function checkLabel(sent: unknown, kind: LabelKind, now: number): LabelFact {
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent))
    throw new Wrong(null, `is ${kindOf(sent)}; send an object with ${labelFields.join(', ')}`);
  const unknown = Object.keys(sent).find((name) => !labelFields.some((field) => field === name));
  if (unknown !== undefined) throw new Wrong(null, `has an unknown field; send ${labelFields.join(', ')} only`);
  const { key, value, observed_at: observedAt } = sent as Partial<Record<Field, unknown>>;
  return { key: keyOf(key), value: valueOf(value, kind), observedAt: momentOf(observedAt, now) };
}

function keyOf(key: unknown): string {
  if (Number.isSafeInteger(key)) return String(key);
  if (typeof key !== 'string' || key === '') throw new Wrong('key', `is ${kindOf(key)}; send text or a whole number`);
  if (key.length > LONGEST_KEY) throw new Wrong('key', `has ${key.length} characters; send at most ${LONGEST_KEY}`);
  // No database can hold a zero character, or half of a surrogate pair.
  if (/[\0\p{Surrogate}]/u.test(key)) throw new Wrong('key', 'contains a character that is not valid text');
  return key;
}

function valueOf(value: unknown, kind: LabelKind): number {
  const number = typeof value === 'boolean' && kind === 'binary' ? Number(value) : value;
  if (typeof number === 'number' && (kind === 'binary' ? number === 0 || number === 1 : Number.isFinite(number)))
    return number;
  throw new Wrong('value', `is ${kindOf(value)}; send ${kind === 'binary' ? '0 or 1' : 'a finite number'}`);
}

function momentOf(observedAt: unknown, now: number): Instant {
  const moment = typeof observedAt === 'string' ? parseMoment(observedAt) : null;
  if (moment === null)
    throw new Wrong('observed_at', `is ${kindOf(observedAt)}; send a time like "2026-01-03T10:30:00Z"`);
  if (moment > now + AHEAD) throw new Wrong('observed_at', 'lies in the future; send when the outcome was known');
  if (moment < 0) throw new Wrong('observed_at', 'lies before 1970; send when the outcome was known');
  return instant(moment);
}
