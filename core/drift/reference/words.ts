import type { Choice, LikeRows, Reason } from './like-rows.ts';

const hoursUsed = ({ because, column }: Choice): string =>
  `of the same hours of the day${because === 'declared' ? ', as declared' : `, since ${column} is different at others`}`;
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const daysUsed = ({ column, weekend }: Choice): string => {
  const days = weekend?.map((day) => DAYS[day]).join(' and ');
  return days === undefined
    ? `with the window's share of weekend rows, since ${column} is different at weekends`
    : `with the window's share of rows of ${days}, since ${column} is different then`;
};

const hoursLeft: Record<Reason, string> = {
  declared: 'as declared',
  differs: '',
  alike: 'no column differs by the hour of the day',
  covered: 'the window has each hour of the day',
  few: 'the reference has too few of the same hours',
};
const daysLeft: Record<Reason, string> = {
  declared: '',
  differs: '',
  alike: 'no column differs at weekends',
  covered: 'the window has each day of the week',
  few: 'the reference has too few weekends to tell whether they differ',
};

/**
 * Which of the reference's rows a window is compared with, and why: likeInWords(like) // => 'all rows of the reference:
 * the window has each hour of the day; no column differs at weekends'
 */
export function likeInWords({ hours, days }: LikeRows): string {
  const used = [...(hours.used ? [hoursUsed(hours)] : []), ...(days.used ? [daysUsed(days)] : [])];
  const left = [...(hours.used ? [] : [hoursLeft[hours.because]]), ...(days.used ? [] : [daysLeft[days.because]])];
  const reasons = left.filter((reason) => reason !== '').join('; ');
  const rows = used.length === 0 ? 'all rows of the reference' : `rows of the reference ${used.join(', ')}`;
  return `${rows}${reasons === '' ? '' : used.length === 0 ? `: ${reasons}` : `; ${reasons}`}`;
}
