import { metricInWords } from '../core/metrics/index.ts';
import { worstSlice, type Slice, type Slices } from '../core/training/slices/slices.ts';
import { counted, probability, signed } from './format.ts';

/** A declared slice goes by its name alone. */
export const sliceInWords = ({ column, name, declared }: Pick<Slice, 'column' | 'name' | 'declared'>): string =>
  declared ? `"${name}"` : `${column} ${name}`;

/** The slice that is surely worse than all rows, or that none is. */
export function worstInWords(slices: Slices): string {
  const { looked, small, by } = slices;
  const correction = `after Holm's correction for ${counted(looked, 'slice')}`;
  if (looked === 0) return `No slice has enough rows to tell (${counted(small, 'slice')} too small).`;
  const worst = worstSlice(slices);
  return worst
    ? `The worst slice is ${sliceInWords(worst)}: ${signed(worst.toAll.estimate, 4)} on ${metricInWords(by)} against all rows (p ${probability(worst.toAll.chance)} ${correction}).`
    : `No slice is surely worse than all rows, ${correction}.`;
}
