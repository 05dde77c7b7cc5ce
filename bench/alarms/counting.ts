import {
  binOfNumber,
  SCORE,
  categoryBins,
  makeBinning,
  makeBins,
  type Binning,
} from '../../core/data/profiles/binning.ts';
import { emptyProfile, type Profile } from '../../core/data/profiles/profile.ts';
import { columns, type HourRows } from './stream.ts';

/** Enough of an hour's rows to place bins by. */
const SAMPLED = 300;

export function binsOf(hours: readonly HourRows[]): Binning {
  const bins = columns.map(({ name, kind }, c) => {
    const values = hours.flatMap((rows) => [...rows[c]!.subarray(0, SAMPLED)]);
    if (kind === 'number') return [name, makeBins(Float64Array.from(values))] as const;
    const levels = new Map<number, number>();
    for (const value of values) levels.set(value, (levels.get(value) ?? 0) + 1);
    return [name, categoryBins([...levels].map(([level, rows]) => ({ level: String(level), rows })))] as const;
  });
  return makeBinning(Object.fromEntries(bins));
}

/** Counts rows as profiles do, but without their sums, which the alarm does not read. */
export function createCounter(
  binning: Binning,
  score?: (rows: HourRows, row: number) => number,
): (rows: HourRows) => Profile {
  const binOf = columns.map(({ name }): ((value: number) => number) => {
    const bins = binning.columns[name]!;
    if (bins.kind === 'number') {
      const edges = Float64Array.from(bins.edges);
      return (value) => binOfNumber(edges, value);
    }
    const places = new Map(bins.levels.map((level, i) => [Number(level), i]));
    return (value) => places.get(value) ?? places.size;
  });
  return (rows) => {
    const profile = emptyProfile(binning);
    profile.rows = rows[0]!.length;
    for (let c = 0; c < columns.length; c++) {
      const into = profile.columns[columns[c]!.name]!;
      for (const value of rows[c]!)
        if (Number.isNaN(value)) into.nulls++;
        else into.counts[binOf[c]!(value)]!++;
    }
    if (!score) return profile;
    const [{ counts }, bins] = [profile.columns[SCORE]!, binning.columns[SCORE]!];
    for (let row = 0; row < profile.rows; row++)
      counts[binOfNumber((bins as { edges: number[] }).edges, score(rows, row))]!++;
    return profile;
  };
}
