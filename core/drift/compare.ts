import { featuresOf, votes } from '../columns/index.ts';
import { SCORE, type Binning, type ColumnBins } from '../data/profiles/binning.ts';
import { own } from '../base/own.ts';
import type { Pipeline } from '../declaration/pipeline.ts';
import { moments, scaledColumn, total, type ColumnProfile, type Profile } from '../data/profiles/profile.ts';
import { measureDistances, pastThreshold, thresholdsOf, type Thresholds } from './distances/index.ts';
import { groupCounts } from './group.ts';
import { outsideOf } from './outside.ts';
import { rescaledOf } from './rescaled.ts';
import { stuckOf } from './stuck.ts';
import type { ColumnDrift, Level, Verdict } from './verdict.ts';

export interface ColumnComparison {
  column: string;
  bins: ColumnBins;
  /** Both hold at least one row. */
  reference: ColumnProfile;
  current: ColumnProfile;
  thresholds: Thresholds;
  votes: boolean;
  weight: number;
  /** So many rows tell what one does that is like no other; absent: 1. */
  alike?: number | undefined;
}

/** How far one column moved. It drifts when a distance, less its sampling error, passes its threshold. */
export function compareColumn(comparison: ColumnComparison): ColumnDrift {
  const { column, bins, thresholds, votes, weight, alike = 1 } = comparison;
  // Shares and means stay as they are, and what sampling reaches is that of fewer rows.
  const reference = scaledColumn(comparison.reference, 1 / alike);
  const current = scaledColumn(comparison.current, 1 / alike);
  const rows = { reference: rowsOf(reference), current: rowsOf(current) };
  const distances = measureDistances(bins.kind, {
    rows,
    groups: groupCounts(bins, reference, current),
    bins: reference.counts.map((count, bin) => ({ reference: count, current: current.counts[bin]! })),
    profiles: { reference, current },
  });
  const [before, after] = [moments(reference), moments(current)];

  return {
    column,
    kind: bins.kind,
    distances,
    nullShare: { reference: reference.nulls / rows.reference, current: current.nulls / rows.current },
    mean: before && after ? { reference: before.mean, current: after.mean } : null,
    drifted: pastThreshold(distances, thresholds).length > 0,
    votes,
    weight,
  };
}

export interface DriftCheck {
  reference: Profile;
  current: Profile;
  pipeline: Pipeline;
  binning: Binning;
  /** The version's own holdout scores, and the window's. */
  referenceScore?: ColumnProfile;
  currentScore?: ColumnProfile;
  /** By column, how many rows tell what one does that is like no other: rows of an entity are alike. */
  alike?: Readonly<Record<string, number>>;
}

export type Judgement = Pick<Verdict, 'level' | 'share' | 'columns' | 'score' | 'abstained' | 'rows'>;

/** One drift check: every column's distances, and the level that the weighted share of drifted columns reaches. */
export function judge(check: DriftCheck): Judgement {
  const { reference, current, pipeline, binning, alike = {} } = check;
  for (const [name, { binning: counted }] of Object.entries({ reference, current }))
    if (counted !== binning.id)
      throw new RangeError(`The ${name} profile is counted in binning ${counted}, but the check in ${binning.id}`);

  const { minRows, weights } = pipeline.drift;
  const rows = { reference: reference.rows, current: current.rows };
  const abstained = tooFew(rows, minRows);
  if (abstained !== null) return { level: 'stable', share: 0, columns: [], score: null, abstained, rows };

  const columns: ColumnDrift[] = [];
  for (const [column, declared] of Object.entries(featuresOf(pipeline.columns))) {
    const bins = own(binning.columns, column);
    const [before, after] = [own(reference.columns, column), own(current.columns, column)];
    // A column declared after the last binning is compared from the next binning on.
    if (!bins || !before || !after || rowsOf(before) === 0 || rowsOf(after) === 0) continue;
    const weight = own(weights, column) ?? 1;
    const thresholds = thresholdsOf(pipeline.drift, column);
    const sides = { reference: before, current: after };
    const compared = { column, bins, ...sides, thresholds, votes: votes(declared), weight, alike: own(alike, column) };
    const outside = outsideOf(declared, bins, compared);
    const [stuck, rescaled] = [stuckOf(bins, sides), rescaledOf(bins, sides)];
    const faults = { ...(outside && { outside }), ...(stuck && { stuck }), ...(rescaled && { rescaled }) };
    columns.push({ ...compareColumn(compared), ...faults });
  }
  const share = driftedShare(columns);
  return {
    level: levelOf(share, pipeline.drift),
    share,
    columns,
    score: compareScores(check),
    abstained,
    rows,
  };
}

function compareScores(check: DriftCheck): ColumnDrift | null {
  const { binning, referenceScore: reference, currentScore: current } = check;
  const thresholds = thresholdsOf(check.pipeline.drift, SCORE);
  const bins = binning.columns[SCORE];
  if (!bins || !reference || !current || rowsOf(reference) === 0 || rowsOf(current) === 0) return null;
  return compareColumn({ column: SCORE, bins, reference, current, thresholds, votes: false, weight: 0 });
}

function tooFew(rows: { reference: number; current: number }, minRows: number): string | null {
  const least = minRows.toLocaleString('en-US');
  if (rows.current < minRows)
    return `The window has ${rows.current.toLocaleString('en-US')} rows, but a check needs ${least} (drift.minRows).`;
  if (rows.reference < minRows)
    return `The reference has ${rows.reference.toLocaleString('en-US')} rows, but a check needs ${least} (drift.minRows).`;
  return null;
}

/** The drifted columns' weight among those that vote. */
function driftedShare(columns: readonly ColumnDrift[]): number {
  const voters = columns.filter(({ votes }) => votes);
  const weight = total(voters.map((voter) => voter.weight));
  return weight === 0 ? 0 : total(voters.filter(({ drifted }) => drifted).map((voter) => voter.weight)) / weight;
}

function levelOf(share: number, { warn, severe }: { warn: number; severe: number }): Level {
  // Thirds and tenths do not add up exactly, but 3 of 10 columns should reach a threshold of 0.3.
  const reaches = (threshold: number): boolean => share > 0 && share >= threshold - 1e-9;
  if (reaches(severe)) return 'severe';
  return reaches(warn) ? 'drifting' : 'stable';
}

export const rowsOf = (column: ColumnProfile): number => total(column.counts) + column.nulls;
