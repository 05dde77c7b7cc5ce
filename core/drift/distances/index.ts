import { columnName, share, strict } from '../../base/schema.ts';
import { own } from '../../base/own.ts';
import type { ColumnBins } from '../../data/profiles/binning.ts';
import { chiSquared } from './chi-squared.ts';
import type { Counts, Distance, Measured } from './distance.ts';
import { hellinger } from './hellinger.ts';
import { jensenShannon } from './jensen-shannon.ts';
import { ks } from './ks.ts';
import { meanShift } from './mean-shift.ts';
import { newLevels } from './new-levels.ts';
import { nullShare } from './null-share.ts';
import { psi } from './psi.ts';
import { wasserstein } from './wasserstein.ts';
import * as z from 'zod';

/** Every distance that a check measures, in the order of tables. */
export const distanceKinds = {
  psi,
  chiSquared,
  ks,
  jensenShannon,
  wasserstein,
  hellinger,
  meanShift,
  nullShare,
  newLevels,
} satisfies Record<string, Distance<number> | Distance<'declared'> | Distance<null>>;
export type DistanceName = keyof typeof distanceKinds;
export const distanceNames = Object.keys(distanceKinds) as DistanceName[];

type NamesOf<Threshold> = {
  [Name in DistanceName]: (typeof distanceKinds)[Name]['threshold'] extends Threshold ? Name : never;
}[DistanceName];
/** Those that decide unless a pipeline declares otherwise, and those that decide where it declares them. */
type UsualName = NamesOf<number>;
type DeclaredName = NamesOf<'declared'>;
export type DecidingName = UsualName | DeclaredName;
const isUsual = (name: DistanceName): name is UsualName => typeof distanceKinds[name].threshold === 'number';
const isDeclared = (name: DistanceName): name is DeclaredName => distanceKinds[name].threshold === 'declared';
const isDeciding = (name: DistanceName): name is DecidingName => isUsual(name) || isDeclared(name);
const decidingNames = distanceNames.filter(isDeciding);

/** Where a column drifts, by the distances that count for it. */
export type Thresholds = { readonly [Name in DecidingName]?: number | undefined };
export const countingNames = (thresholds: Thresholds): DecidingName[] =>
  decidingNames.filter((name) => thresholds[name] !== undefined);

function limitOf(name: DecidingName): z.ZodNumber {
  const { most = 1 }: Distance<number | 'declared'> = distanceKinds[name];
  return most === 1 ? share : z.number().nonnegative(`write a threshold of 0 or more`);
}
/** The declared thresholds; only the usual ones have defaults, so that a new distance leaves revisions as they are. */
export const declaredThresholds = {
  ...(Object.fromEntries(
    distanceNames.filter(isUsual).map((name) => [name, limitOf(name).default(distanceKinds[name].threshold)]),
  ) as Record<UsualName, z.ZodDefault<z.ZodNumber>>),
  ...(Object.fromEntries(distanceNames.filter(isDeclared).map((name) => [name, limitOf(name).optional()])) as Record<
    DeclaredName,
    z.ZodOptional<z.ZodNumber>
  >),
};
/** By column, the distances that alone count for it, and their thresholds. */
export const thresholdsByColumn = z.record(
  columnName,
  strict(
    Object.fromEntries(decidingNames.map((name) => [name, limitOf(name).optional()])) as Record<
      DecidingName,
      z.ZodOptional<z.ZodNumber>
    >,
  ).refine((thresholds) => Object.keys(thresholds).length > 0, 'name a distance and its threshold'),
);

export type DeclaredThresholds = Thresholds & { columns?: Record<string, Thresholds> | undefined };
/** The thresholds of one column. */
export const thresholdsOf = (drift: DeclaredThresholds, column: string): Thresholds =>
  own(drift.columns ?? {}, column) ?? drift;

/** The distances declared for a column that cannot measure its kind. */
export const unmeasurable = (thresholds: Thresholds, kind: ColumnBins['kind']): DecidingName[] =>
  countingNames(thresholds).filter((name) => !measures(name, kind));
const measures = (name: DistanceName, kind: ColumnBins['kind']): boolean =>
  (distanceKinds[name].of as readonly ColumnBins['kind'][]).includes(kind);

/** How far one column moved; a verdict older than a distance lacks it. */
export type Distances = Partial<Record<DistanceName, Measured>>;

export const measureDistances = (kind: ColumnBins['kind'], counts: Counts): Distances =>
  Object.fromEntries(
    distanceNames.filter((name) => measures(name, kind)).map((name) => [name, distanceKinds[name].measure(counts)]),
  );

/** A distance less its sampling error, which is compared with the threshold. */
export const beyondSampling = (measured: Measured | undefined): number =>
  (measured?.value ?? 0) - (measured?.samplingError ?? 0);

/** The distances that passed their thresholds: a column with any has drifted. */
export const pastThreshold = (distances: Distances, thresholds: Thresholds): DecidingName[] =>
  countingNames(thresholds).filter((name) => beyondSampling(distances[name]) > thresholds[name]!);

/** The distance that went furthest, as a multiple of its threshold; columns are ordered by it. */
export const excess = (distances: Distances, thresholds: Thresholds): number =>
  Math.max(
    0,
    ...countingNames(thresholds).map(
      (name) => beyondSampling(distances[name]) / Math.max(thresholds[name]!, Number.EPSILON),
    ),
  );
