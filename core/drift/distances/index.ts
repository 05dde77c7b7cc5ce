import { share } from '../../base/schema.ts';
import type { ColumnBins } from '../../data/profiles/binning.ts';
import { chiSquared } from './chi-squared.ts';
import type { Counts, Distance, Measured } from './distance.ts';
import { jensenShannon } from './jensen-shannon.ts';
import { ks } from './ks.ts';
import { psi } from './psi.ts';
import type * as z from 'zod';

/** Every distance that a check measures, in the order of tables. */
export const distanceKinds = { psi, chiSquared, ks, jensenShannon } satisfies Record<
  string,
  Distance<number> | Distance<null>
>;
export type DistanceName = keyof typeof distanceKinds;
export const distanceNames = Object.keys(distanceKinds) as DistanceName[];

/** The distances with a threshold. */
export type DecidingName = {
  [Name in DistanceName]: (typeof distanceKinds)[Name] extends Distance<number> ? Name : never;
}[DistanceName];
export const isDeciding = (name: DistanceName): name is DecidingName => distanceKinds[name].threshold !== null;
export const decidingNames = distanceNames.filter(isDeciding);

export type Thresholds = Record<DecidingName, number>;
/** Their declared thresholds. */
export const declaredThresholds = Object.fromEntries(
  decidingNames.map((name) => [name, share.default(distanceKinds[name].threshold)]),
) as Record<DecidingName, z.ZodDefault<typeof share>>;

/** How far one column moved; a verdict older than a distance lacks it. */
export type Distances = Partial<Record<DistanceName, Measured>>;

export const measureDistances = (kind: ColumnBins['kind'], counts: Counts): Distances =>
  Object.fromEntries(
    distanceNames
      .filter((name) => distanceKinds[name].of.includes(kind))
      .map((name) => [name, distanceKinds[name].measure(counts)]),
  );

/** A distance less its sampling error, which is compared with the threshold. */
export const beyondSampling = (measured: Measured | undefined): number =>
  (measured?.value ?? 0) - (measured?.samplingError ?? 0);

/** The distances that passed their thresholds: a column with any has drifted. */
export const pastThreshold = (distances: Distances, thresholds: Thresholds): DecidingName[] =>
  decidingNames.filter((name) => beyondSampling(distances[name]) > thresholds[name]);

/** The distance that went furthest, as a multiple of its threshold; columns are ordered by it. */
export const excess = (distances: Distances, thresholds: Thresholds): number =>
  Math.max(
    0,
    ...decidingNames.map((name) => beyondSampling(distances[name]) / Math.max(thresholds[name], Number.EPSILON)),
  );
