/**
 * 500 labelled rows with scores, made by whole-number arithmetic so that Python makes the same:
 *   i = np.arange(500); y = ((i*i*7 + i*3) % 11 < 2).astype(int)
 *   s = (i*7919 % 1009 / 1009 + y*0.35) / 1.36          # a fair model
 *   s2 = (i*104729 % 1013 / 1013 + y*0.25) / 1.26       # a weaker one
 *   tie = (i*37 % 101 + y*30) // 10 / 16                # thirteen scores, shared by many rows
 */
const rows = Array.from({ length: 500 }, (_, i) => i);
export const labels = rows.map((i) => ((i * i * 7 + i * 3) % 11 < 2 ? 1 : 0));
export const fair = rows.map((i) => (((i * 7919) % 1009) / 1009 + labels[i]! * 0.35) / 1.36);
export const weaker = rows.map((i) => (((i * 104729) % 1013) / 1013 + labels[i]! * 0.25) / 1.26);
export const tied = rows.map((i) => Math.floor((((i * 37) % 101) + labels[i]! * 30) / 10) / 16);

/** Nearly equal: the last digits depend on the order of additions. */
export const isNear = (actual: number | null | undefined, expected: number, absolute = 1e-12): boolean =>
  actual != null && Math.abs(actual - expected) <= absolute;
