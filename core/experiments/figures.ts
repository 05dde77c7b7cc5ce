import type { Estimate } from '../sequential/means.ts';

export const whole = (count: number): string => count.toLocaleString('en-US');
export const figure = (value: number): string => String(Number(value.toPrecision(3)));
export const percent = (value: number): string => `${figure(100 * value)} %`;
/** signed(0.02) // => '+0.02' */
export const signed = (value: number): string => `${value > 0 ? '+' : ''}${figure(value)}`;

/** '0.02 higher (from -0.01 to 0.05)' */
export function differenceInWords({ estimate, low, high }: Estimate): string {
  const much = estimate === 0 ? 'no different' : `${figure(Math.abs(estimate))} ${estimate > 0 ? 'higher' : 'lower'}`;
  return `${much} (from ${figure(low)} to ${figure(high)})`;
}
