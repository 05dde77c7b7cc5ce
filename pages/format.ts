import { type Instant } from '../core/time/time.ts';

const minus = (text: string): string => text.replace(/^-(?=0(\.0*)?$)/, '').replace(/^-/, '\u2212');
const unknown = '\u2013';

const counts = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const quantities = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 4 });
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });

/** count(12500) // => '12,500' */
export const count = (value: number): string => minus(counts.format(value));

/** counted(1, 'row') // => '1 row'; counted(12500, 'row') // => '12,500 rows' */
export const counted = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? '' : 's'}`;

/** A value of a column, at four digits: quantity(1234.5678) // => '1,235'. */
export const quantity = (value: number | null): string => {
  if (value === null) return unknown;
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e12)) return minus(value.toExponential(2));
  return minus(quantities.format(value));
};

/** A value short enough for an axis: shortQuantity(12500) // => '12.5K' */
export const shortQuantity = (value: number): string => {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e15)) return minus(value.toExponential(0));
  return minus(compact.format(value));
};

/** A distance, metric or threshold: decimal(0.2) // => '0.200'; decimal(4.6e19) // => '4.60e+19' */
export const decimal = (value: number | null | undefined, digits = 3): string => {
  if (value == null) return unknown;
  return minus(Math.abs(value) < 1e12 ? value.toFixed(digits) : value.toExponential(2));
};

/** A difference keeps its sign: signed(0.012) // => '+0.012' */
export const signed = (value: number, digits = 3): string => {
  const text = decimal(value, digits);
  return Number(value.toFixed(digits)) > 0 ? `+${text}` : text;
};

/** percent(0.1234) // => '12.3 %', with a space that does not break */
export const percent = (share: number, digits = 1): string => {
  if (share === 0) return '0\u00a0%';
  if (share > 0 && share * 100 < 0.5 * 10 ** -digits) return `<${(10 ** -digits).toFixed(digits)}\u00a0%`;
  return `${(share * 100).toFixed(digits)}\u00a0%`;
};

export const probability = (p: number): string => (p < 0.001 ? '<0.001' : decimal(p));

/** moment('2026-01-03T02:00:00.000Z') // => '2026-01-03 02:00 UTC' */
export const moment = (time: Instant): string => `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;

/** before \u2192 now, or once if both read the same. */
export const change = (before: string, now: string): string =>
  before === now ? now : `${before}\u00a0\u2192\u00a0${now}`;

/** day('2026-01-03T02:00:00.000Z') // => '2026-01-03' */
export const day = (time: Instant): string => time.slice(0, 10);

/** list(['a', 'b', 'c']) // => 'a, b and c'; list(['a', 'b', 'c'], 1) // => 'a and 2 more' */
export function list(items: readonly string[], most = Infinity): string {
  const shown = items.length > most ? [...items.slice(0, most), `${items.length - most} more`] : items;
  return shown.length < 2 ? (shown[0] ?? '') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}
