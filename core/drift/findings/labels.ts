import type { Shift } from '../../performance/decay.ts';
import { INFORMS, percent, type Checked, type FindingKindOf, type Said } from './finding.ts';

const MOST_NAMED = 3;

const moved = (shift: Shift | undefined): shift is Shift => shift !== undefined && (shift.low > 0 || shift.high < 0);
const short = (value: number): string => String(Number(value.toPrecision(3)));
const shares = ({ holdout, live }: Shift): string => `${percent(holdout)} on the holdout and is ${percent(live)} now`;

export const labels = {
  title: 'Labels',
  find({ concept }: Checked): Said | null {
    const { positives, mean, classes = [] } = concept ?? {};
    const says = [
      ...(moved(positives) ? [`The share of positives was ${shares(positives)}.`] : []),
      ...(moved(mean)
        ? [`The mean label was ${short(mean.holdout)} on the holdout and is ${short(mean.live)} now.`]
        : []),
      ...classes.filter(moved).slice(0, MOST_NAMED).map((one) => `The share of ${one.name} was ${shares(one)}.`), // prettier-ignore
    ];
    return says.length === 0 ? null : { says: says.join(' '), follows: INFORMS };
  },
} satisfies FindingKindOf;
