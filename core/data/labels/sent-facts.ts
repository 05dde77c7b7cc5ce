import { closest } from '../../base/closest.ts';
import { kindOf } from '../../base/errors/kind-of.ts';
import { instant, MINUTE, parseMoment, type Instant } from '../../time/time.ts';

// What callers send of rows that were predicted: labels, and numbers by name.

/** What is wrong with one fact of a request, without its values. */
export interface FactProblem {
  row: number;
  field: string | null;
  message: string;
}

/** Longer keys do not fit into an index. */
export const LONGEST_KEY = 500;
/** A sender's clock may be ahead of ours. */
const AHEAD = 5 * MINUTE;

export class Wrong extends Error {
  readonly field: string | null;
  constructor(field: string | null, message: string) {
    super(message);
    this.field = field;
  }
}

/** The facts, and the problems of those that are none. The last one of an identity counts, as in two requests. */
export function collect<Fact>(
  sent: readonly unknown[],
  check: (each: unknown) => Fact,
  identity: (fact: Fact) => readonly string[],
): { facts: Fact[]; problems: FactProblem[] } {
  const facts = new Map<string, Fact>();
  const problems: FactProblem[] = [];
  for (const [row, each] of sent.entries())
    try {
      const fact = check(each);
      facts.set(JSON.stringify(identity(fact)), fact);
    } catch (error) {
      if (!(error instanceof Wrong)) throw error;
      problems.push({ row, field: error.field, message: error.message });
    }
  return { facts: [...facts.values()], problems };
}

export function objectOf<Field extends string>(
  sent: unknown,
  fields: readonly Field[],
): Partial<Record<Field, unknown>> {
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent))
    throw new Wrong(null, `is ${kindOf(sent)}; send an object with ${fields.join(', ')}`);
  const unknown = Object.keys(sent).find((name) => !fields.some((field) => field === name));
  if (unknown !== undefined) {
    // One that is like none of ours may be a key: of an object that has keys as its fields.
    const named = closest(unknown, fields) === null ? '' : ` ${JSON.stringify(unknown)}`;
    throw new Wrong(null, `has an unknown field${named}; send ${fields.join(', ')} only`);
  }
  return sent as Partial<Record<Field, unknown>>;
}

export function keyOf(key: unknown): string {
  if (Number.isSafeInteger(key)) return String(key);
  if (typeof key !== 'string' || key === '') throw new Wrong('key', `is ${kindOf(key)}; send text or a whole number`);
  if (key.length > LONGEST_KEY) throw new Wrong('key', `has ${key.length} characters; send at most ${LONGEST_KEY}`);
  // No database can hold a zero character, or half of a surrogate pair.
  if (/[\0\p{Surrogate}]/u.test(key)) throw new Wrong('key', 'contains a character that is not valid text');
  return key;
}

export function momentOf(observedAt: unknown, now: number): Instant {
  const moment = typeof observedAt === 'string' ? parseMoment(observedAt) : null;
  if (moment === null)
    throw new Wrong('observed_at', `is ${kindOf(observedAt)}; send a time like "2026-01-03T10:30:00Z"`);
  if (moment > now + AHEAD) throw new Wrong('observed_at', 'lies in the future; send when the outcome was known');
  if (moment < 0) throw new Wrong('observed_at', 'lies before 1970; send when the outcome was known');
  return instant(moment);
}
