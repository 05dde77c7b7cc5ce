import type { Pipeline } from '../../declaration/pipeline.ts';
import { HOUR, milliseconds, type Instant } from '../../time/time.ts';
import type { SplitName, Splits } from '../training.ts';

/** How rows are split where not by time: each row's unit has a place between 0 and 1 that never changes. */
export interface ByHash {
  kind: 'group' | 'stratified';
  /** The column whose values are hashed, and what it is of the rows. */
  unit: string;
  of: 'column' | 'entity' | 'key';
  /** Units from this place on are held out. */
  holdoutFrom: number;
  /** Earlier rows of these units are in no split: a champion that was split otherwise has seen them. */
  notBefore: Instant | null;
}

/** Which rows may judge. */
export interface Holdout {
  by: ByHash | null;
  /** By time: where the holdout begins at the earliest. */
  notBefore: Instant | null;
}

/**
 * The holdout of a declaration, without rows that the champion has learnt from. A champion that was split in the same
 * way has held out the same units, or the same time on. Of one that was split otherwise, only rows after its own are
 * surely unseen.
 */
export function holdoutOf({ splits, source }: Pick<Pipeline, 'splits' | 'source'>, champion: Splits | null): Holdout {
  const { by: kind = 'time', group, holdout } = splits;
  if (kind === 'time')
    return { by: null, notBefore: champion === null ? null : champion.by ? champion.to : champion.holdout };
  const unit = kind === 'stratified' ? source.key : (group ?? source.entity!);
  const of = kind === 'stratified' ? 'key' : group === undefined ? 'entity' : 'column';
  const by: ByHash = { kind, unit, of, holdoutFrom: 1 - holdout, notBefore: null };
  if (champion === null) return { by, notBefore: null };
  const then = champion.by;
  if (then?.kind !== kind || then.unit !== unit || then.of !== of)
    return { by: { ...by, notBefore: champion.to }, notBefore: null };
  const { notBefore, holdoutFrom } = then;
  return { by: { ...by, notBefore, holdoutFrom: Math.max(by.holdoutFrom, holdoutFrom) }, notBefore: null };
}

/** The embargo that is shorter than labels take to mature, the holdout's first; null: none is. */
export function shortEmbargo(
  { by, ends, ...starts }: Splits,
  maturesAfter: string,
): { before: Exclude<SplitName, 'train'>; hours: number } | null {
  if (by || !ends) return null;
  const embargoes = [
    { before: 'holdout', from: ends.calibration },
    { before: 'calibration', from: ends.selection },
    { before: 'selection', from: ends.train },
  ] as const;
  const length = ({ before, from }: (typeof embargoes)[number]) => Date.parse(starts[before]) - Date.parse(from);
  const short = embargoes.find((embargo) => length(embargo) < milliseconds(maturesAfter));
  return short ? { before: short.before, hours: length(short) / HOUR } : null;
}

/** Rows of a group belong together as those of an entity do. */
export const isByEntity = ({ splits, source }: Pick<Pipeline, 'splits' | 'source'>): boolean =>
  source.entity !== undefined || splits.by === 'group';
