import type { ColumnProblem } from '../../declaration/values.ts';

/**
 * Why a request was refused, as far as anybody may read it: a declared field and the kind of problem. No value that
 * came is in it, nor the name of an extra field, which a caller makes up.
 */
export type Refusal =
  | { problem: ColumnProblem; field: string }
  /** Of the key, the entity or the time, which are never imputed. */
  | { problem: 'invalid'; field: string }
  | { problem: 'extra'; field: null };

/** Refusals with how many requests had each, the most frequent first; null: for any other reason. */
export type Refusals = readonly (readonly [refusal: Refusal | null, requests: number])[];

const MOST_LISTED = 3;

const problems: Record<Exclude<Refusal['problem'], 'extra'>, string> = {
  missing: 'is missing or null',
  wrongType: 'has values of the wrong type, or too long',
  outOfRange: 'is out of its range',
  unseen: 'has levels that are neither declared nor learnt',
  invalid: 'is not valid',
};

const wordsOf = (refusal: Refusal): string =>
  refusal.problem === 'extra' ? 'rows have undeclared fields' : `${refusal.field} ${problems[refusal.problem]}`;

/** The most frequent reason, for a summary: ', most since amount is missing or null'. Empty: none has a name. */
export function mainReason(refusals: Refusals, refused: number): string {
  const [top, requests] = refusals[0] ?? [null, 0];
  if (top === null) return '';
  const how = requests === refused ? '' : requests > refused / 2 ? 'most ' : 'some ';
  return `, ${how}since ${wordsOf(top)}`;
}

/** The reasons with their numbers, for a detail; empty: none has a name. */
export function allReasons(refusals: Refusals, refused: number): string {
  const named = refusals
    .flatMap(([refusal, requests]) => (refusal ? [{ refusal, requests }] : []))
    .slice(0, MOST_LISTED);
  if (named.length === 0) return '';
  const others = refused - named.reduce((sum, { requests }) => sum + requests, 0);
  const told = named.map(({ refusal, requests }) => `${requests} since ${wordsOf(refusal)}`);
  return `: ${[...told, ...(others > 0 ? [`${others} for other reasons`] : [])].join(', ')}`;
}

const keyOf = (field: string): string => (/^[a-z_]\w*$/i.test(field) ? field : JSON.stringify(field));

/** What to declare so that the rows of the most frequent refusal are scored all the same; null: nothing does that. */
export function toScoreThem([first]: Refusals): string | null {
  const refusal = first?.[0] ?? null;
  if (refusal === null || refusal.problem === 'invalid') return null;
  const values =
    refusal.problem === 'extra'
      ? "extra: 'ignore'"
      : `columns: { ${keyOf(refusal.field)}: { ${refusal.problem}: 'impute' } }`;
  return `serving: { values: { ${values} } }`;
}
