const MOST_TICKS = 4;

/** Of a coordinate. */
export const round = (value: number): number => Math.round(value * 10) / 10;
export const digitsOf = (extent: number): number => (extent >= 10 ? 0 : extent >= 1 ? 1 : extent >= 0.1 ? 2 : 3);

/** Round numbers around the values, with some margin. */
export function scale(values: readonly number[]): { low: number; high: number; ticks: number[] } {
  const [least, most] = values.length === 0 ? [0, 1] : [Math.min(...values), Math.max(...values)];
  const extent = most - least || Math.abs(most) * 0.2 || 1;
  const power = 10 ** Math.floor(Math.log10(extent / MOST_TICKS));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => extent / each <= MOST_TICKS) ?? power * 10;
  const low = Math.floor((least - extent * 0.05) / step) * step;
  const high = Math.ceil((most + extent * 0.05) / step) * step;
  const ticks = Array.from({ length: Math.round((high - low) / step) + 1 }, (_, i) => low + i * step);
  return { low, high, ticks };
}
