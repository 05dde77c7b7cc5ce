import { type RecordLayout, type Records } from '../rows/records.ts';
import { type Encoding } from '../../../core/model/artifact.ts';
import { stretchesOf } from '../../../core/model/preprocessing.ts';

/** Scaled values reach so far as a rule. */
const USUAL = 1;

/** What is furthest from its usual values in some records: a column, or null for the label. */
export interface Furthest {
  column: string | null;
  /** Whether it is a number at all. */
  finite: boolean;
}

/**
 * The number that lies furthest out once it is scaled: the likely cause of a loss that is no number. Null if none lies far
 * out, as where a network learns from pieces of numbers.
 */
export function furthestIn(
  { numbers }: Records,
  places: Iterable<number>,
  encodings: readonly Encoding[],
  { words }: Pick<RecordLayout, 'words'>,
  ofNumber: boolean,
): Furthest | null {
  const columns = encodings.flatMap((encoding) =>
    stretchesOf(encoding).flatMap((stretch) => (stretch === 'number' ? [encoding.column] : [])),
  );
  const named = [null, ...columns];
  const from = ofNumber ? 0 : 1;
  let [best, most] = [-1, USUAL];
  for (const place of places)
    for (let at = from; at < named.length; at++) {
      const size = Math.abs(numbers[place * words + at]!);
      if (size <= most) continue;
      [best, most] = [at, Number.isNaN(size) ? Infinity : size];
    }
  return best < 0 ? null : { column: named[best]!, finite: most < Infinity };
}
