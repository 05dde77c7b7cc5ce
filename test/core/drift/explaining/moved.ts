import { makeBinning, makeBins, type Binning } from '../../../../core/data/profiles/binning.ts';
import { type Row } from '../../../../core/data/data.ts';
import { addProfiles, emptyProfile, type Profile } from '../../../../core/data/profiles/profile.ts';
import { type ToExplain } from '../../../../core/drift/explaining/explain.ts';
import { createHourly, groupingOf } from '../../../../core/drift/explaining/hourly.ts';
import { createRandom, type Random } from '../../../../core/base/random.ts';
import { HOUR, instant } from '../../../../core/time/time.ts';
import { countRows } from '../drifting.ts';

export const START = Date.parse('2026-03-01T00:00:00.000Z');
export const hourAt = (hour: number): string => instant(START + hour * HOUR);

export type MakeRow = (random: Random, hour: number) => Row;

/** Rows of eight days as a check of the last one sees them, with as many a hour as told. */
export function explained(
  { binning, reference }: { binning: Binning; reference: Profile },
  { row, hours = 192, perHour = 40, seed }: { row: MakeRow; hours?: number; perHour?: number; seed: number },
): ToExplain {
  const columns = Object.keys(reference.columns).filter((column) => column !== '_score');
  const grouping = groupingOf(binning, reference, columns);
  const hourly = createHourly();
  let current = emptyProfile(binning);
  for (let hour = 0; hour < hours; hour++) {
    const profile = countRows(binning, perHour, (random) => row(random, hour), seed * 1000 + hour);
    hourly.add(START + hour * HOUR, grouping.of(profile));
    if (hour >= hours - 24) current = addProfiles(current, profile);
  }
  return { columns, binning, reference, current, groupedBy: reference, hourly: hourly.all() };
}

/** Bins of numbers made from usual rows, and a reference of them. */
export function usualOf(row: (random: Random) => Row, rows = 4000): { binning: Binning; reference: Profile } {
  const random = createRandom('bins');
  const sample = Array.from({ length: 4000 }, () => row(random));
  const binning = makeBinning(
    Object.fromEntries(
      Object.keys(sample[0]!).map((name) => [name, makeBins(Float64Array.from(sample, (each) => Number(each[name])))]),
    ),
  );
  return { binning, reference: countRows(binning, rows, row, 77) };
}
