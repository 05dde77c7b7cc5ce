import { total, type ColumnProfile } from '../../data/profiles/profile.ts';
import { NORMAL, unitOf, type Distance } from './distance.ts';

/** A value, and how many rows have it. */
export interface Atom {
  at: number;
  rows: number;
}

/** Each bin counts at the mean of its values, so it sees how far values went beyond the last edge. */
export const wasserstein: Distance<'declared'> = {
  title: 'Wasserstein',
  explained:
    "is how far the values would have to be carried, on average, to look like the reference's (earth mover's distance), in " +
    "the reference's standard deviations.",
  of: ['number'],
  threshold: 'declared',
  most: Infinity,
  measure(counts) {
    const unit = unitOf(counts);
    if (unit === null) return { value: null, samplingError: null, p: null };
    if (unit === 0) return { value: 0, samplingError: 0, p: null };
    const [reference, current] = [atomsOf(counts.profiles.reference), atomsOf(counts.profiles.current)];
    return {
      value: wassersteinOf(reference, current) / unit,
      samplingError: wassersteinSamplingError(reference, total(current.map(({ rows }) => rows))) / unit,
      p: null,
    };
  },
};

function atomsOf({ counts, sums }: ColumnProfile): Atom[] {
  const atoms: Atom[] = [];
  for (let bin = 0; bin < counts.length; bin++)
    if (counts[bin]! > 0) atoms.push({ at: sums[bin]! / counts[bin]!, rows: counts[bin]! });
  return atoms;
}

/**
 * The area between the two distribution functions; atoms are in rising order. https://en.wikipedia.org/wiki/Wasserstein_metric
 * wassersteinOf([{ at: 0, rows: 1 }], [{ at: 3, rows: 5 }]) // => 3
 */
export function wassersteinOf(reference: readonly Atom[], current: readonly Atom[]): number {
  const [before, after] = [reference, current].map((atoms) => total(atoms.map(({ rows }) => rows)));
  let [area, gap, at, i, j] = [0, 0, 0, 0, 0];
  while (i < reference.length || j < current.length) {
    const [one, other] = [reference[i], current[j]];
    const isFirst = one !== undefined && (other === undefined || one.at <= other.at);
    const next = isFirst ? one : other!;
    if (i + j > 0) area += Math.abs(gap) * (next.at - at);
    at = next.at;
    if (isFirst) {
      gap -= next.rows / before!;
      i++;
    } else {
      gap += next.rows / after!;
      j++;
    }
  }
  return area;
}

/**
 * What sampling alone reaches: at each value the gap between two samples' distribution functions is about normal with
 * the deviation sqrt(F (1 - F) (1/n + 1/m)). As if all gaps were large together, so this errs towards silence.
 */
export function wassersteinSamplingError(reference: readonly Atom[], current: number): number {
  const all = total(reference.map(({ rows }) => rows));
  let [below, area] = [0, 0];
  reference.forEach(({ at, rows }, i) => {
    if (i > 0) area += Math.sqrt((below / all) * (1 - below / all)) * (at - reference[i - 1]!.at);
    below += rows;
  });
  return NORMAL * area * Math.sqrt(1 / all + 1 / current);
}
