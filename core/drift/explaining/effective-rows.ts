import { total } from '../../data/profiles/profile.ts';
import { chiSquaredOf } from '../distances/chi-squared.ts';
import type { Pair } from '../distances/distance.ts';

/** With fewer expected rows in a group the chi-squared test finds too much (Cochran, 1954). */
const FEWEST_EXPECTED = 1;
/** Of so few independent rows on a side nothing is for sure: the reference's own ends decide the groups. */
const FEWEST_ROWS = 30;

/** The probability that sampling alone gives such counts, of so many rows for each independent one. */
export function pOfEffective(groups: readonly Pair[], effect: number): number {
  const scaled = groups.map(({ reference, current }) => ({ reference: reference / effect, current: current / effect }));
  const rows = Math.min(total(scaled.map((pair) => pair.reference)), total(scaled.map((pair) => pair.current)));
  return rows < FEWEST_ROWS ? 1 : chiSquaredOf(withoutRare(scaled)).p;
}

/** Joins the groups of which too few rows are expected on a side, the rarest first. */
export function withoutRare(groups: readonly Pair[]): Pair[] {
  const [references, currents] = [total(groups.map((g) => g.reference)), total(groups.map((g) => g.current))];
  const least = Math.min(references, currents) / (references + currents);
  const isRare = ({ reference, current }: Pair): boolean => (reference + current) * least < FEWEST_EXPECTED;
  const rarestLast = groups.toSorted((a, b) => b.reference + b.current - a.reference - a.current);
  while (rarestLast.length > 1 && isRare(rarestLast.at(-1)!)) {
    const rarest = rarestLast.pop()!;
    const next = rarestLast.pop()!;
    rarestLast.push({ reference: next.reference + rarest.reference, current: next.current + rarest.current });
  }
  return rarestLast;
}
