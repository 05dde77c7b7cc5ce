import type { LabelKind } from '../data/labels/label-kinds.ts';
import { answerOf, type ClassCosts } from '../metrics/answer.ts';
import { LEVEL, numberBlocks, type Interval } from '../metrics/difference.ts';
import type { SlicedColumn } from '../training/slices/slicing.ts';
import { NONE } from '../training/slices/slices.ts';
import { measureKinds, measureNamesOf, type MeasureName } from './index.ts';
import type { FairRows, Rate } from './measure.ts';
import { compareRates, createRateOf, type GroupRate } from './pairs.ts';

/** How the groups of some declared columns are treated on the holdout. */
export interface Fairness {
  threshold: number | null;
  /** One row in this many was looked at; 1: all. */
  stride: number;
  columns: FairColumn[];
}

export interface FairColumn {
  column: string;
  groups: FairGroup[];
  /** Rows in no group: of levels that are not shown. */
  others: number;
  /** By measure; one is missing where fewer than two groups have enough rows for it. */
  gaps: Gap[];
}

export interface FairGroup {
  /** The level or the range; a rank where the column is sensitive. */
  name: string;
  rows: number;
  positives: number;
  /** What the measures are made of, by the rate's short name; null: too few rows to say. */
  rates: { name: string; value: number | null; low: number | null; high: number | null }[];
}

/** The largest difference between two groups, and what it lies between, all pairs considered. */
export interface Gap extends Interval {
  measure: MeasureName;
  difference: number;
  /** The groups with the lower and the higher rate, and the rate's name. */
  lower: string;
  higher: string;
  rate: string;
  /** The lowest ratio of one group's rate to another's; null where it has no meaning. */
  ratio: { value: number; low: number; high: number } | null;
  /** Pairs of groups that were looked at, for which the interval allows. */
  pairs: number;
  /** Of classes: rates for which fewer than two groups have enough rows. */
  unknown?: string[];
}

export interface FairQuestion {
  kind: LabelKind;
  /** For kind class. */
  classes?: readonly string[] | undefined;
  minRows: number;
  threshold: number | null;
  stride: number;
  /** Of classes: by which they are called. */
  costs?: ClassCosts | null;
}

/**
 * Compares all pairs of groups. Each pair's interval allows for all pairs of all columns (Bonferroni), so all of them
 * hold at once: the largest gap is at least the highest of their low ends, and at most the highest of their high ends.
 * The largest of many noisy differences is too large by itself; its interval here is not.
 */
export function judgeFairness(
  { labels, scores, blocks }: { labels: Float64Array; scores: Float64Array; blocks: Float64Array },
  columns: readonly SlicedColumn[],
  { kind, classes, minRows, threshold, stride, costs = null }: FairQuestion,
): Fairness {
  const taken = (numbers: Float64Array): Float64Array =>
    stride === 1 ? numbers : numbers.filter((_, row) => row % stride === 0);
  const own = taken(labels);
  const { blockOf, sizes } = numberBlocks(taken(blocks));
  const measures = measureNamesOf(kind);
  const kindsOfRates = [...new Set(measures.flatMap((name) => measureKinds[name].rates as readonly Rate[]))];
  const rates = (
    classes
      ? classes.map((name, place) => ({
          name,
          rows: rowsOfClass(own, scores, place, classes.length, { stride, costs }),
        }))
      : [{ name: undefined, rows: { labels: own, scores: taken(scores), threshold } }]
  ).flatMap(({ name, rows }): AskedRate[] => {
    const rateOf = createRateOf(rows, blockOf, sizes.length, minRows);
    return kindsOfRates.map((rate) => ({
      rate,
      ...(name === undefined ? rate : rate.ofClass!(name)),
      of: (group, places) => rateOf(rate, group, places),
    }));
  });
  const ratesOf = (name: MeasureName): AskedRate[] =>
    rates.filter(({ rate }) => (measureKinds[name].rates as readonly Rate[]).includes(rate));

  const found = columns.map(({ column, names, slices }) => {
    const places = placesOf(slices, names.length).map((of, i) => ({ name: names[i]!, places: of }));
    const groups = places.filter((group) => group.places.length > 0);
    return {
      column,
      others: slices.reduce((sum, slice) => sum + (slice === NONE ? 1 : 0), 0),
      groups,
      byRate: new Map(rates.map((rate) => [rate, groups.map((group) => rate.of(group.name, group.places))])),
    };
  });

  const pairsBy = (name: MeasureName): number =>
    found.reduce(
      (sum, { byRate }) => sum + ratesOf(name).reduce((all, rate) => all + pairsOf(known(byRate.get(rate)!)), 0),
      0,
    );
  const tests = new Map(measures.map((name) => [name, pairsBy(name)]));

  return {
    threshold,
    stride,
    columns: found.map(({ column, others, groups, byRate }) => ({
      column,
      others,
      groups: groups.map(({ name, places }, i) => ({
        name,
        rows: places.length,
        positives: kind === 'binary' ? places.reduce((sum, place) => sum + own[place]!, 0) : 0,
        // Of classes how often each is called: the others are as many again for each.
        rates: (classes ? ratesOf('demographicParity') : rates).map((rate) => {
          const of = byRate.get(rate)![i]!;
          const interval = of && of.interval(LEVEL);
          return {
            name: rate.short,
            value: of?.value ?? null,
            low: interval?.low ?? null,
            high: interval?.high ?? null,
          };
        }),
      })),
      gaps: measures.flatMap((measure) => {
        const { hasRatio } = measureKinds[measure];
        const asked = ratesOf(measure);
        const pairs = tests.get(measure)!;
        const level = 1 - (1 - LEVEL) / Math.max(1, pairs);
        const compared = asked.flatMap((rate) => {
          const gap = compareRates(known(byRate.get(rate)!), level, hasRatio);
          return gap ? [{ ...gap, rate: rate.title }] : [];
        });
        const unknown = asked.flatMap(({ title }) => (compared.some(({ rate }) => rate === title) ? [] : [title]));
        if (compared.length === 0 || (!classes && unknown.length > 0)) return [];
        const widest = compared.reduce((a, b) => (b.difference > a.difference ? b : a));
        const ratios = compared.flatMap(({ ratio }) => ratio ?? []);
        const most = (of: (each: (typeof compared)[number]) => number): number => Math.max(...compared.map(of));
        const least = (of: (each: (typeof ratios)[number]) => number): number => Math.min(...ratios.map(of));
        return {
          measure,
          difference: widest.difference,
          low: most(({ low }) => low),
          high: most(({ high }) => high),
          level: LEVEL,
          lower: widest.lower,
          higher: widest.higher,
          rate: widest.rate,
          ratio:
            ratios.length > 0
              ? { value: least(({ value }) => value), low: least(({ low }) => low), high: least(({ high }) => high) }
              : null,
          pairs,
          ...(unknown.length > 0 && { unknown }),
        };
      }),
    })),
  };
}

/** A rate, of a class or of the label itself. */
interface AskedRate {
  rate: Rate;
  title: string;
  short: string;
  of(group: string, places: Uint32Array): GroupRate | null;
}

/** One class against all others, of every so many rows. */
function rowsOfClass(
  labels: Float64Array,
  scores: Float64Array,
  place: number,
  width: number,
  { stride, costs }: { stride: number; costs: ClassCosts | null },
): FairRows {
  return {
    labels: labels.map((label) => (label === place ? 1 : 0)),
    scores: labels.map((_, row) => scores[row * stride * width + place]!),
    threshold: null,
    called: Uint8Array.from(labels, (_, row) => (answerOf(scores, width, row * stride, costs) === place ? 1 : 0)),
  };
}

const known = (rates: readonly (GroupRate | null)[]): GroupRate[] => rates.filter((rate) => rate !== null);
const pairsOf = ({ length }: readonly unknown[]): number => (length * (length - 1)) / 2;

function placesOf(slices: Uint8Array, count: number): Uint32Array[] {
  const places = Array.from({ length: count }, (): number[] => []);
  for (const [row, slice] of slices.entries()) if (slice !== NONE) places[slice]!.push(row);
  return places.map((each) => Uint32Array.from(each));
}
