import type { Promised } from '../../data/profiles/promised.ts';
import { countsByClass, f1Of, precisionOf, recallOf, widened, type ClassCounts } from '../../metrics/confusion.ts';
import type { Decided, Estimated, Served } from '../estimate.ts';
import type { MacroName } from '../decided-title.ts';
import type { TallyOfDay } from '../performance-days.ts';
import { logitOf, recalibrate, sigmoid, type Recalibration } from '../recalibration.ts';
import type { Sums, Tally } from '../tally.ts';
import { around, meanOf, sumOf, type Likely } from './likely.ts';

/** In each cell of a table, as many rows that confirm the probabilities: what is seldom says little of itself. */
const PRIOR = 4;

/**
 * The answer is right as often as its probability says, and as much more often as on the holdout. With what the
 * probabilities of all classes promise, the whole table of confusion is estimated.
 */
export function estimateClasses(
  holdout: readonly TallyOfDay[],
  { profile, promised }: Served,
  rows: number,
): Estimated {
  const off = meanOf(holdout, ({ bias }) => bias);
  const accuracyAt = (right: number): Likely => around(right, off.errorFor(rows), holdout.length, [0, 1]);
  const told = holdout.flatMap(({ day, tally: { promised, ...tally } }) => (promised ? [{ day, tally: { ...tally, promised } }] : [])); // prettier-ignore
  if (!promised || told.length < holdout.length)
    return { metrics: { accuracy: accuracyAt(sumOf(profile.sums) / rows + off.mean) } };
  const logLoss = logLossOf(told, promised);
  const { confusion, macros: { macroF1, ...decided } } = confusedIn(told, promised); // prettier-ignore
  const accuracy = accuracyAt(sumOf(countsByClass(confusion).map(({ right }) => right)) / sumOf(confusion));
  return {
    metrics: { accuracy, ...(logLoss && { logLoss }), ...(macroF1 && { macroF1 }) },
    decided,
    confusion,
  };
}

interface Told extends TallyOfDay {
  tally: Tally & { promised: Promised };
}

/** As many times what is promised as on the holdout. */
function logLossOf(holdout: readonly Told[], { loss, confusion }: Promised): Likely | null {
  const before = sumOf(holdout.map(({ tally }) => tally.promised.loss));
  if (before <= 0) return null;
  const rows = sumOf(confusion);
  const times = sumOf(holdout.map(({ tally }) => tally.loss[0])) / before;
  const off = meanOf(holdout, ({ loss: [came], excess: [, squares], promised }) => [came - times * promised!.loss, squares]); // prettier-ignore
  // Larger losses vary more.
  const larger = loss / rows / (before / sumOf(holdout.map(({ tally }) => tally.rows)));
  return around((times * loss) / rows, larger * off.errorFor(rows), holdout.length, [0, Infinity]);
}

type Macro = (classes: readonly ClassCounts[]) => number | null;

const meanBy =
  (of: (counts: ClassCounts) => number | null): Macro =>
  (classes) => {
    const known = classes.flatMap((counts) => of(counts) ?? []);
    return known.length === 0 ? null : sumOf(known) / known.length;
  };

const macros = {
  macroF1: meanBy(f1Of),
  macroPrecision: meanBy(precisionOf),
  macroRecall: meanBy(recallOf),
} satisfies Record<MacroName | 'macroF1', Macro>;

/** The table of confusion that is to be expected, and what follows from it. */
function confusedIn(
  holdout: readonly Told[],
  { confusion }: Promised,
): { confusion: number[]; macros: Decided & { macroF1?: Likely } } {
  const tables = [confusion, ...holdout.flatMap(({ tally }) => [tally.promised.confusion, tally.confusion ?? []])];
  const cells = Math.max(...tables.map((table) => table.length));
  const wide = (table: readonly number[] = []): number[] => widened(table, Math.sqrt(cells));
  const all = (of: (tally: Told['tally']) => readonly number[] | undefined): number[] =>
    holdout.map(({ tally }) => wide(of(tally))).reduce((sum, table) => sum.map((rows, cell) => rows + table[cell]!));
  const [came, before] = [all((tally) => tally.confusion), all((tally) => tally.promised.confusion)];
  const curves = Array.from({ length: Math.sqrt(cells) }, (_, place) =>
    recalibrate(holdout.map(({ tally }) => ({ tally: { bins: tally.binsOf?.[place] ?? {} } })), 0)); // prettier-ignore
  const corrected = correction(curves, came, before);
  const expected = corrected(wide(confusion));
  const byTally = new Map<Tally, number[]>(holdout.map(({ tally }) => [tally, corrected(wide(tally.promised.confusion))])); // prettier-ignore
  const found = Object.entries(macros).flatMap(([name, of]) => {
    const value = of(countsByClass(expected));
    if (value === null) return [];
    const owed = owedBy(expected.map((rows) => rows + 0.25), of); // prettier-ignore
    const off = meanOf(holdout, (tally) => offOf(wide(tally.confusion), byTally.get(tally)!, owed));
    const likely = around(value, off.errorFor(sumOf(confusion)), holdout.length, [0, 1]);
    return [[name, likely] as const];
  });
  return { confusion: expected, macros: Object.fromEntries(found) };
}

/**
 * Each cell's chance is as far from what its class's curve makes of it as on the holdout, as far as chance does not
 * explain that; how many rows are taken for each class is known and stays.
 */
function correction(curves: readonly Recalibration[], came: readonly number[], before: readonly number[]) {
  const width = curves.length;
  const logitsIn = (table: readonly number[], taken: Float64Array): number[] =>
    curves.flatMap((curve, line) => {
      const cells = table.slice(line * width, (line + 1) * width);
      return curve.chancesAt(cells.map((rows, cell) => logitOf(rows / (taken[cell]! || 1)))).map(logitOf);
    });
  const taken = takenIn(before);
  const off = logitsIn(before, taken).map((logit, cell) => {
    const rows = taken[cell % width]!;
    const chance = sigmoid(logit);
    const share = (came[cell]! + PRIOR * chance) / (rows + PRIOR);
    return { by: logitOf(share) - logit, known: rows * chance * (1 - chance) };
  });
  const known = off.filter((each) => each.known > 0);
  // The variance between cells (DerSimonian and Laird, 1986).
  const surplus = sumOf(known.map(({ by, known }) => known * by ** 2)) - known.length;
  const variance = Math.max(0, surplus / sumOf(known.map(({ known }) => known)) || 0);
  const adds = off.map(({ by, known }) => (known === 0 ? 0 : (by * variance) / (variance + 1 / known)));
  return (table: readonly number[]): number[] => {
    const all = takenIn(table);
    const chances = logitsIn(table, all).map((logit, cell) => (all[cell % width] === 0 ? 0 : sigmoid(logit + adds[cell]!))); // prettier-ignore
    const sums = takenIn(chances);
    return chances.map((chance, cell) => (chance === 0 ? 0 : (chance * all[cell % width]!) / sums[cell % width]!));
  };
}

/** How many rows are taken for each class. */
function takenIn(table: readonly number[]): Float64Array {
  const width = Math.sqrt(table.length);
  const taken = new Float64Array(width);
  for (const [cell, rows] of table.entries()) taken[cell % width]! += rows;
  return taken;
}

/** What a row in each cell adds to a mean over rows by which a value changes as the table does, none of it empty. */
function owedBy(table: readonly number[], of: Macro): number[] {
  const rows = sumOf(table);
  const value = of(countsByClass(table))!;
  const step = 1e-4 * rows;
  return table.map((_, cell) => {
    const more = of(countsByClass(table.map((its, i) => (i === cell ? its + step : its))))!;
    return ((more - value) / step) * rows;
  });
}

/** What rows owe more than was expected of them: the sum, and about the sum of squares. */
function offOf(came: readonly number[], expected: readonly number[], owed: readonly number[]): Sums {
  const width = Math.sqrt(came.length);
  const rows = sumOf(came);
  const sum = sumOf(came.map((its, cell) => (its - expected[cell]!) * owed[cell]!));
  let squares = sum ** 2 / Math.max(1, rows);
  for (let taken = 0; taken < width; taken++) {
    let [all, ofAll, square] = [0, 0, 0];
    for (let cell = taken; cell < came.length; cell += width) {
      all += expected[cell]!;
      ofAll += expected[cell]! * owed[cell]!;
      square += expected[cell]! * owed[cell]! ** 2;
    }
    if (all > 0) squares += square - ofAll ** 2 / all;
  }
  return [sum, squares];
}
