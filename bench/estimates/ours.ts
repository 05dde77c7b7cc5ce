import { makeBins, makeBinning, SCORE, scoreBins, type Binning } from '../../core/data/profiles/binning.ts';
import { countRow, emptyProfile, type Profile } from '../../core/data/profiles/profile.ts';
import type { MetricName } from '../../core/metrics/index.ts';
import { createErrorModel } from '../../core/performance/error-model.ts';
import { estimatePerformance, type Decided, type Likely } from '../../core/performance/estimate.ts';
import type { TallyOfDay } from '../../core/performance/performance-days.ts';
import { addRow, emptyTally } from '../../core/performance/tally.ts';
import { DAY, instant } from '../../core/time/time.ts';
import { PER_DAY, windowsOf, type ScoredRow, type World } from './worlds.ts';

export type Name = MetricName | keyof Decided;
/** By window; null: it is undefined. */
export type ByMetric = Partial<Record<Name, (Likely | null)[]>>;

/** As a check does it: from the holdout by day, and a window's counts. */
export function estimate(world: World): ByMetric {
  const { kind, threshold, reference, windowDays } = world;
  const columns = Object.keys(reference[0]!.row);
  const valuesOf = (column: string): Float64Array => Float64Array.from(reference, ({ row }) => Number(row[column]));
  const score = kind === 'binary' ? scoreBins() : makeBins(Float64Array.from(reference, (one) => one.score));
  const binning = makeBinning({
    ...Object.fromEntries(columns.map((column) => [column, makeBins(valuesOf(column))])),
    [SCORE]: score,
  });
  const days: TallyOfDay[] = [];
  for (let from = 0; from < reference.length; from += PER_DAY) {
    const tally = emptyTally();
    for (const row of reference.slice(from, from + PER_DAY)) addRow(tally, kind, row);
    days.push({ day: instant((from / PER_DAY) * DAY), tally });
  }
  const before = profileOf(reference, binning);
  const model = createErrorModel(binning, before);
  if (kind === 'number') for (const { row, score: of, label } of reference) model.add(row, of, label);
  const errors = kind === 'number' ? model.fit() : null;
  const edges = score.kind === 'number' ? score.edges : [];
  const found: ByMetric = {};
  for (const [place, rows] of windowsOf(world).entries()) {
    const current = profileOf(rows, binning);
    const served = { profile: current.columns[SCORE]!, edges, days: windowDays, threshold, promised: current.promised };
    const { metrics, decided } = estimatePerformance(kind, days, { ...served, current, errors })!;
    for (const [metric, likely] of Object.entries({ ...decided, ...metrics }) as [Name, Likely][])
      (found[metric] ??= [])[place] = likely;
  }
  return found;
}

function profileOf(rows: readonly ScoredRow[], binning: Binning): Profile {
  const profile = emptyProfile(binning);
  for (const { row, score, probabilities } of rows)
    countRow(profile, binning, { ...row, [SCORE]: score }, probabilities);
  return profile;
}
