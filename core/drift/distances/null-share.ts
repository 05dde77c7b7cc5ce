import { chiSquaredTail } from '../gamma.ts';
import { NORMAL, type Distance, type Pair } from './distance.ts';

export const nullShare: Distance<'declared'> = {
  title: 'Null share',
  explained: 'is by how much of all rows the nulls became more or fewer.',
  of: ['number', 'category'],
  threshold: 'declared',
  measure({ rows, profiles }) {
    const nulls = { reference: profiles.reference.nulls, current: profiles.current.nulls };
    const value = Math.abs(nulls.current / rows.current - nulls.reference / rows.reference);
    const error = shareError(nulls, rows);
    return { value, samplingError: NORMAL * error, p: error === 0 ? 1 : chiSquaredTail((value / error) ** 2, 1) };
  },
};

/** The standard error of the difference of two shares that are the same. */
function shareError(of: Pair, rows: Pair): number {
  const share = (of.reference + of.current) / (rows.reference + rows.current);
  return Math.sqrt(share * (1 - share) * (1 / rows.reference + 1 / rows.current));
}
