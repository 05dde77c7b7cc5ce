import { chiSquaredQuantile } from '../gamma.ts';

/** What a normal variable exceeds, either way, with this probability: normalQuantile(0.05) // => 1.96 */
export const normalQuantile = (p: number): number => Math.sqrt(chiSquaredQuantile(1 - p, 1));

/**
 * The same of Student's t, from the normal one: near enough where each check needs hundreds, and quicker than the exact
 * one of core/metrics. Gaver and Kafadar, "A retrievable recipe for inverse t", 1984.
 * studentFromNormal(1.96, 10) // => 2.23
 */
export const studentFromNormal = (normal: number, degrees: number): number =>
  Math.sqrt(degrees * Math.expm1((normal ** 2 * (degrees - 1.5)) / (degrees - 1) ** 2));
