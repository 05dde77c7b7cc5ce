import { LONGEST_SHOWN, RequestProblem } from '../../protocols/errors.ts';

/** What a caller wants to know of a prediction besides its score. */
export interface Asked {
  /** So many fields, those that moved the score the furthest; 0: none. */
  reasons: number;
  /** The columns as they were scored. */
  features: boolean;
}

export const nothingMore: Asked = { reasons: 0, features: false };

/** More than any row has fields. */
export const MOST_REASONS = 10_000;

/** Reads ?reasons=3&features=true. */
export function askedIn(query: unknown): Asked {
  // What is sent twice is a list.
  const { reasons, features } = query as Record<string, string | string[] | undefined>;
  if (reasons === undefined && features === undefined) return nothingMore;
  const count = reasons === undefined ? 0 : /^\d{1,5}$/.test(String(reasons)) ? Number(reasons) : Infinity;
  if (count > MOST_REASONS) throw wrong('reasons', reasons, 'how many to list, like reasons=3');
  if (features !== undefined && features !== 'true' && features !== 'false')
    throw wrong('features', features, 'features=true, or leave it out');
  return { reasons: count, features: features === 'true' };
}

const wrong = (name: string, value: string | string[] | undefined, wanted: string): RequestProblem =>
  new RequestProblem(`"${name}" in the address is "${String(value).slice(0, LONGEST_SHOWN)}"; write ${wanted}.`, name);
