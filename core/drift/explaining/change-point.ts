import { total } from '../../data/profiles/profile.ts';
import { DAY, HOUR, instant, type Instant } from '../../time/time.ts';
import type { HourGroups } from './hourly.ts';

/** When a column changed, and between which hours the change lies in 95 of 100 cases. */
export interface Since {
  /** The first hour that is as the window; null: it changed before the oldest hour that was looked at. */
  at: Instant | null;
  from: Instant | null;
  to: Instant;
}

/** Andrews, "Tests for parameter instability", 1993: what the best of many cuts reaches by chance, with some to spare. */
const BY_CHANCE = 12;
/** Eo and Morley, "Likelihood-ratio-based confidence sets for the timing of structural breaks", 2015, eq. 7: -2 log(1 - sqrt(0.95)). */
const CUT_OFF = -2 * Math.log(1 - Math.sqrt(0.95));
const FEWEST_HOURS = 6;

/**
 * The hour since which a column's rows are spread as in the window and no longer as in the reference. Each hour becomes a
 * number, by which of the two its rows look like; the best cut of these numbers is the estimate. Hours of the day have
 * levels of their own where there are two days. Null when no cut stands out.
 */
export function findSince(
  hours: readonly HourGroups[],
  reference: readonly number[],
  current: readonly number[],
): Since | null {
  if (hours.length < FEWEST_HOURS) return null;
  const likeness = likenessOf(reference, current);
  const weights = hours.map(({ groups }) => total(groups));
  const values = hours.map(({ groups }, i) => dot(groups, likeness) / weights[i]!);
  const span = hours.at(-1)!.hour - hours[0]!.hour;
  const strata = hours.map(({ hour }) => (span >= 2 * DAY ? (hour / HOUR) % 24 : 0));
  const gains = gainsOf(values, weights, strata);

  const best = gains.reduce((most, gain, cut) => (gain > gains[most]! ? cut : most), 0);
  const spread = total(centred(values, weights, strata).map((value, i) => weights[i]! * value * value));
  const noise = Math.max(0, spread - gains[best]!) / Math.max(1, hours.length - new Set(strata).size - 1);
  const oldest = instant(hours[0]!.hour);
  if (gains[best]! <= BY_CHANCE * noise) {
    // No hour stands out: all are as they were, or all have changed already.
    const [before, after] = [dot(reference, likeness) / total(reference), dot(current, likeness) / total(current)];
    const mean = dot(values, weights) / total(weights);
    return mean > (before + after) / 2 ? { at: null, from: null, to: oldest } : null;
  }
  const possible = gains.flatMap((gain, cut) => (cut > 0 && gains[best]! - gain <= CUT_OFF * noise ? [cut] : []));
  const at = (cut: number): Instant => instant(hours[cut]!.hour);
  return { at: at(best), from: at(possible[0]!), to: at(possible.at(-1)!) };
}

/** For each group how much likelier a row in it is in the window than in the reference, as a logarithm. */
function likenessOf(reference: readonly number[], current: readonly number[]): number[] {
  const [before, after] = [total(reference), total(current)];
  const half = reference.length / 2;
  return reference.map(
    (rows, group) => Math.log((current[group]! + 0.5) / (after + half)) - Math.log((rows + 0.5) / (before + half)),
  );
}

/** By how much the squared error shrinks when the level rises at each hour; 0 for the first, and where it falls. */
function gainsOf(values: readonly number[], weights: readonly number[], strata: readonly number[]): number[] {
  const around = centred(values, weights, strata);
  return values.map((_, cut) => {
    if (cut === 0) return 0;
    const step = centred(values.map((_, i) => (i < cut ? 0 : 1)), weights, strata); // prettier-ignore
    const along = total(step.map((s, i) => weights[i]! * s * around[i]!));
    const square = total(step.map((s, i) => weights[i]! * s * s));
    return along <= 0 || square <= 1e-9 * total(weights) ? 0 : (along * along) / square;
  });
}

/** Less the weighted mean of its stratum. */
function centred(values: readonly number[], weights: readonly number[], strata: readonly number[]): number[] {
  const [rows, sums] = [new Float64Array(24), new Float64Array(24)];
  values.forEach((value, i) => {
    rows[strata[i]!]! += weights[i]!;
    sums[strata[i]!]! += weights[i]! * value;
  });
  return values.map((value, i) => value - sums[strata[i]!]! / rows[strata[i]!]!);
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, each, i) => sum + each * b[i]!, 0);
