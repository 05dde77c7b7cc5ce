import { moments } from '../../data/profiles/profile.ts';
import { chiSquaredTail } from '../gamma.ts';
import { NORMAL, unitOf, type Distance } from './distance.ts';

/** Exact, from sums and squares and not from bins. */
export const meanShift: Distance<'declared'> = {
  title: 'Mean shift',
  explained: "is the difference of the means in the reference's standard deviations.",
  of: ['number'],
  threshold: 'declared',
  most: Infinity,
  measure(counts) {
    const [before, after] = [moments(counts.profiles.reference), moments(counts.profiles.current)];
    const unit = unitOf(counts);
    if (!before || !after || unit === null) return { value: null, samplingError: null, p: null };
    const difference = Math.abs(after.mean - before.mean);
    if (unit === 0 || difference === 0) return { value: 0, samplingError: 0, p: 1 };
    const error = Math.sqrt(before.variance / before.rows + after.variance / after.rows);
    return {
      value: difference / unit,
      samplingError: (NORMAL * error) / unit,
      p: error === 0 ? 0 : chiSquaredTail((difference / error) ** 2, 1),
    };
  },
};
