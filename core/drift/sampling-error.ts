import { chiSquaredQuantile } from './gamma.ts';

/** What a distance stays below in this share of the checks in which nothing has moved. */
const CONFIDENCE = 0.95;

/** Of values in no bins; in bins KS is smaller, so this errs towards silence. */
const KS_QUANTILE = Math.sqrt(-Math.log((1 - CONFIDENCE) / 2) / 2); // 1.358

/**
 * What PSI reaches by sampling alone: without drift, PSI / (1/n + 1/m) is about chi-squared with one degree less than
 * there are groups. Yurdakul and Naranjo, "Statistical properties of the population stability index", 2020.
 */
export const psiSamplingError = (groups: number, reference: number, current: number): number =>
  chiSquaredQuantile(CONFIDENCE, groups - 1) * (1 / reference + 1 / current);

/** What KS reaches by sampling alone: its quantile for large samples, by the first term of Kolmogorov's series. */
export const ksSamplingError = (reference: number, current: number): number =>
  Math.min(1, KS_QUANTILE * Math.sqrt(1 / reference + 1 / current));
