import { createRandom, type Random } from '../../base/random.ts';
import type { ColumnChunk } from '../../data/chunks.ts';
import type { Value } from '../../data/data.ts';
import type { ColumnBins } from '../../data/profiles/binning.ts';
import { total, type ColumnProfile } from '../../data/profiles/profile.ts';

export interface MovedColumn {
  column: string;
  bins: ColumnBins;
  reference: ColumnProfile;
  current: ColumnProfile;
}
type Score = (chunk: ColumnChunk) => Float64Array;

/**
 * By how much the mean score of these rows of the reference changes when one column alone is spread as in the window:
 * numbers keep their order and take the window's value of the same rank, and levels change in as few rows as possible.
 */
export function scoreShift(score: Score, rows: ColumnChunk, moved: MovedColumn): number {
  if (rows.rows === 0) return 0;
  const values = rows.columns[moved.column];
  if (!values) return 0;
  const random = createRandom(`score shift/${moved.column}`);
  const [before, after] =
    moved.bins.kind === 'number' ? asNumbers(values, moved, random) : asLevels(values, moved, random);
  const meanWith = (column: Value[]): number => {
    const scores = score({ rows: rows.rows, columns: { ...rows.columns, [moved.column]: column } });
    return scores.reduce((sum, each) => sum + each, 0) / rows.rows;
  };
  return meanWith(after) - meanWith(before);
}

/** Both sides in the means of bins, so that bins alone change no score. */
function asNumbers(
  values: readonly Value[],
  { reference, current }: MovedColumn,
  random: Random,
): [before: Value[], after: Value[]] {
  const order = values
    .flatMap((value, row) => (isNumber(value) ? [{ value, row }] : []))
    .sort((a, b) => a.value - b.value);
  const ranks = values.map(() => random.uniform());
  order.forEach(({ row }, i) => (ranks[row] = (i + 0.5) / order.length));
  const [quantileBefore, quantileAfter] = [quantileOf(reference), quantileOf(current)];
  const [nullsBefore, nullsAfter] = [nullShare(reference), nullShare(current)];
  const before: Value[] = [];
  const after: Value[] = [];
  values.forEach((value, row) => {
    const chance = random.uniform();
    const place = isNumber(value) ? nullsBefore + (1 - nullsBefore) * chance : nullsBefore * chance;
    before.push(isNumber(value) ? quantileBefore(ranks[row]!) : null);
    after.push(place < nullsAfter ? null : quantileAfter(ranks[row]!));
  });
  return [before, after];
}

const isNumber = (value: Value): value is number => typeof value === 'number' && Number.isFinite(value);
const nullShare = ({ counts, nulls }: ColumnProfile): number => nulls / Math.max(1, total(counts) + nulls);

/** The mean of the bin in which a share of the values is reached; null without values. */
function quantileOf({ counts, sums }: ColumnProfile): (share: number) => number | null {
  const steps: { upTo: number; value: number }[] = [];
  const values = total(counts);
  let upTo = 0;
  counts.forEach((rows, bin) => {
    if (rows > 0) steps.push({ upTo: (upTo += rows / values), value: sums[bin]! / rows });
  });
  return (share) => (steps.find((step) => share < step.upTo) ?? steps.at(-1))?.value ?? null;
}

function asLevels(
  values: readonly Value[],
  { bins, reference, current }: MovedColumn,
  random: Random,
): [before: Value[], after: Value[]] {
  const levels = bins.kind === 'category' ? bins.levels : [];
  const sharesOf = ({ counts, nulls }: ColumnProfile): number[] => {
    const all = Math.max(1, total(counts) + nulls);
    return [...counts, nulls].map((rows) => rows / all);
  };
  const [before, after] = [sharesOf(reference), sharesOf(current)];
  const placeOf = new Map(levels.map((level, place) => [level, place]));
  const others = values.find((value) => value !== null && !placeOf.has(String(value))) ?? UNKNOWN;
  const typed = typeof values.find((value) => value !== null);
  const valueAt = (place: number): Value => {
    const level = levels[place];
    if (level === undefined) return place === levels.length ? others : null;
    return typed === 'boolean' ? level === 'true' : typed === 'number' ? Number(level) : level;
  };
  const grown = after.map((share, place) => Math.max(0, share - before[place]!));
  const growth = total(grown);
  const moved = values.map((value) => {
    const place = value === null ? levels.length + 1 : (placeOf.get(String(value)) ?? levels.length);
    const stays = before[place]! === 0 ? 1 : after[place]! / before[place]!;
    if (growth === 0 || random.uniform() < stays) return value;
    let left = random.uniform() * growth;
    const to = grown.findIndex((share) => (left -= share) < 0);
    return valueAt(to < 0 ? grown.length - 1 : to);
  });
  return [[...values], moved];
}

/** A level that no model knows. */
const UNKNOWN = '\u0000';
