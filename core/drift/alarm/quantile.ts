import { chiSquaredQuantile } from '../gamma.ts';

/** What a normal variable exceeds, either way, with this probability: normalQuantile(0.05) // => 1.96 */
export const normalQuantile = (p: number): number => Math.sqrt(chiSquaredQuantile(1 - p, 1));

/**
 * The same of Student's t, from the normal one. Gaver and Kafadar, "A retrievable recipe for inverse t", 1984.
 * studentQuantile(1.96, 10) // => 2.23
 */
export const studentQuantile = (normal: number, degrees: number): number =>
  Math.sqrt(degrees * Math.expm1((normal ** 2 * (degrees - 1.5)) / (degrees - 1) ** 2));
