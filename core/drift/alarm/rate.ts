const HOURS_OF = { year: 8_766, month: 730.5, week: 168 };
type Unit = keyof typeof HOURS_OF;

/** How many false alarms are allowed, like '1 a year'. */
export const ratePattern = /^([1-9]\d?) a (year|month|week)$/;
export const usualRate = '1 a year';

/** perHour('1 a year') // => 1 / 8766 */
export function perHour(rate: string): number {
  const [, times, unit] = ratePattern.exec(rate) ?? [];
  if (times === undefined) throw new RangeError(`"${rate}" is no rate like "${usualRate}"`);
  return Number(times) / HOURS_OF[unit as Unit];
}

/** In a sentence: rateInWords('1 a year') // => 'once a year' */
export function rateInWords(rate: string): string {
  const [times, ...rest] = rate.split(' ');
  return `${times === '1' ? 'once' : times === '2' ? 'twice' : `${times} times`} ${rest.join(' ')}`;
}
