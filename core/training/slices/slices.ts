import type { LabelKind } from '../../data/labels/label-kinds.ts';
import { chanceOfLoss, numberBlocks, reachOf, spreadOf, type Spread } from '../../metrics/difference.ts';
import { gain, metricKinds, type MetricName } from '../../metrics/index.ts';
import type { ClassCosts } from '../../metrics/answer.ts';
import { createScored, widthOf, type Scored } from '../../metrics/scored.ts';
import type { SlicedColumn } from './slicing.ts';

/** The place of rows that are in no slice. */
export const NONE = 255;

/** The winner's quality on the rows that share a level or a range of one column. */
export interface Slice {
  column: string;
  /** The level or the range; a rank where the column is sensitive. */
  name: string;
  rows: number;
  positives: number;
  /** The gate's metric on these rows, with its interval. */
  value: number;
  low: number;
  high: number;
  /** How much better these rows are than all, by `Slices.by`; `chance`: of a loss like this if there is none. */
  toAll: Compared;
  /** How much better than the champion's the gate's metric is on these rows. */
  toChampion: (Compared & { low: number; high: number }) | null;
  /** By its name in the declaration. */
  declared?: true;
}
/** A declared slice with too few rows, positives or blocks to tell. */
export type SmallSlice = Pick<Slice, 'column' | 'name' | 'rows' | 'positives'>;
/** `chance` is Holm's: it allows for how many slices were looked at. */
export interface Compared {
  estimate: number;
  chance: number;
}

export interface Slices {
  /**
   * Average precision rises with the share of positives, so slices are compared with all rows by ROC AUC then; R²
   * falls where labels are alike, so by RMSE. Macro F1 falls where a class is rarer, so by macro ROC AUC.
   */
  by: MetricName;
  looked: number;
  /** Too few rows, positives or blocks to tell. */
  small: number;
  /** One row in this many was looked at; 1: all. */
  stride: number;
  /** The most telling and the declared ones, the worst first. */
  list: Slice[];
  /** The declared ones that are too small to tell. */
  tooSmall?: SmallSlice[];
}

export interface SliceQuestion {
  kind: LabelKind;
  metric: MetricName;
  minRows: number;
}

/** So sure has to be, after the correction, what is called worse. */
export const SURE = 0.05;
const MOST_SHOWN = 40;
/** The metrics that slices cannot be compared with all rows by, and those in their place. */
const comparedBy: Partial<Record<MetricName, MetricName>> = {
  averagePrecision: 'rocAuc',
  r2: 'rmse',
  macroF1: 'macroRocAuc',
};
const FEWEST = { positives: 10, blocks: 3 };

interface Rows {
  labels: Float64Array;
  blocks: Float64Array;
  challenger: Float64Array;
  champion: Float64Array | null;
  /** Of classes: by which either answers. */
  costs?: readonly [challenger: ClassCosts | null, champion: ClassCosts | null];
}

/** Judges every slice; where many are looked at, some are bad by chance, for which Holm's correction allows. */
export function judgeSlices(holdout: Rows, columns: SlicedColumn[], stride: number, question: SliceQuestion): Slices {
  const { metric } = question;
  const by = comparedBy[metric] ?? metric;
  const rows = stride === 1 ? holdout : everyNth(holdout, stride);
  const width = widthOf(rows.challenger, rows.labels);
  const { blockOf, sizes } = numberBlocks(rows.blocks);
  const [ourCosts, theirCosts] = holdout.costs ?? [];
  const whole = createScored(rows.challenger, rows.labels, ourCosts);
  const ofAll = metricKinds[by].of(whole);

  const isEnough = ofAll !== null && sizes.length >= FEWEST.blocks;

  const owedTo = (influence: Float64Array, places: Uint32Array | null): Float64Array => {
    const owed = new Float64Array(sizes.length);
    for (let i = 0; i < influence.length; i++) owed[blockOf[places === null ? i : places[i]!]!]! += influence[i]!;
    return owed;
  };
  const owedByAll = isEnough ? owedTo(metricKinds[by].influence(whole), null) : new Float64Array();
  const positivesOf = (labels: Float64Array): number =>
    question.kind === 'binary' ? labels.reduce((sum, label) => sum + label, 0) : 0;
  const influenceOn = (name: MetricName, scored: Scored, places: Uint32Array): Float64Array =>
    owedTo(metricKinds[name].influence(scored), places);

  const judge = (column: string, name: string, places: Uint32Array): Slice | null => {
    if (!isEnough) return null;
    const labels = pick(rows.labels, places);
    const positives = positivesOf(labels);
    const rarer = question.kind === 'binary' ? Math.min(positives, labels.length - positives) : FEWEST.positives;
    if (labels.length < question.minRows || rarer < FEWEST.positives) return null;
    const held = new Int32Array(sizes.length);
    for (const place of places) held[blockOf[place]!]!++;
    const isOwn = (_: number, block: number): boolean => held[block]! > 0;
    const ownSizes = held.filter(isOwn);
    if (ownSizes.length < FEWEST.blocks) return null;
    /** A slice of few blocks says as little as a holdout of few. */
    const spread = (owed: Float64Array): Spread => spreadOf(owed.filter(isOwn), ownSizes, labels.length);
    const ours = createScored(pick(rows.challenger, places, width), labels, ourCosts);
    const [value, ownBy] = [metricKinds[metric].of(ours), metricKinds[by].of(ours)];
    if (value === null || ownBy === null) return null;
    const owed = influenceOn(metric, ours, places);
    const reach = reachOf(spread(owed));
    const toAll = gain(by, ownBy, ofAll!);
    const apart = spread(influenceOn(by, ours, places).map((own, block) => own - owedByAll[block]!));
    const elsewhere = owedByAll.reduce((sum, owed, block) => (isOwn(owed, block) ? sum : sum + owed ** 2), 0);
    const error = Math.hypot(apart.error, Math.sqrt(elsewhere));
    const slice = { column, name, rows: labels.length, positives, value, low: value - reach, high: value + reach };
    return {
      ...slice,
      toAll: { estimate: toAll, chance: chanceOfLoss(toAll, { ...apart, error }) },
      toChampion: rows.champion && compare(createScored(pick(rows.champion, places, width), labels, theirCosts)),
    };

    function compare(theirs: Scored): Slice['toChampion'] {
      const estimate = gain(metric, value!, metricKinds[metric].of(theirs)!);
      const others = influenceOn(metric, theirs, places);
      const between = spread(owed.map((own, block) => own - others[block]!));
      const far = reachOf(between);
      return { estimate, low: estimate - far, high: estimate + far, chance: chanceOfLoss(estimate, between) };
    }
  };

  const judged: Slice[] = [];
  const tooSmall: SmallSlice[] = [];
  let small = 0;
  for (const { column, names, slices, declared } of columns)
    for (const [slice, places] of placesOf(slices, names.length).entries()) {
      const name = names[slice]!;
      if (!declared && (places.length === 0 || places.length === slices.length)) continue;
      const found = judge(column, name, places);
      if (found) judged.push(declared ? { ...found, declared } : found);
      else if (declared)
        tooSmall.push({ column, name, rows: places.length, positives: positivesOf(pick(rows.labels, places)) });
      else if (isEnough) small++;
    }
  correct(judged.map(({ toAll }) => toAll));
  correct(judged.flatMap(({ toChampion }) => toChampion ?? []));
  const telling = ({ toAll, toChampion }: Slice): number => Math.min(toAll.chance, toChampion?.chance ?? 1);
  const worstFirst = judged.toSorted((a, b) => a.toAll.chance - b.toAll.chance || a.toAll.estimate - b.toAll.estimate);
  const byTelling = worstFirst.toSorted((a, b) => telling(a) - telling(b) || a.toAll.estimate - b.toAll.estimate);
  // The gate judges by what is kept: the largest losses must be in it.
  const declared = judged.filter((slice) => slice.declared);
  const ranked = new Set([...declared, ...worstFirst.slice(0, 1), ...lostOf(judged, 0), ...byTelling]);
  const kept = new Set([...ranked].slice(0, Math.max(MOST_SHOWN, declared.length + 1)));
  const list = worstFirst.filter((slice) => kept.has(slice));
  return { by, looked: judged.length, small, stride, list, ...(tooSmall.length > 0 && { tooSmall }) };
}

/** The slice that is surely worse than all rows; null: none is. */
export const worstSlice = ({ list }: Slices): Slice | null => (list[0] && list[0].toAll.chance < SURE ? list[0] : null);

/** Slices in which the challenger is surely worse than the champion, and by more than the margin; the worst first. */
export const lostSlices = ({ list }: Slices, margin: number): Slice[] => lostOf(list, margin);

const lostOf = (slices: Slice[], margin: number): Slice[] =>
  slices
    .filter(({ toChampion: to }) => to !== null && to.chance < SURE && to.estimate < -margin)
    .toSorted((a, b) => a.toChampion!.estimate - b.toChampion!.estimate);

/** Holm, "A simple sequentially rejective multiple test procedure", 1979. */
function correct(tests: Compared[]): void {
  let least = 0;
  for (const [i, test] of tests.toSorted((a, b) => a.chance - b.chance).entries())
    test.chance = least = Math.max(least, Math.min(1, test.chance * (tests.length - i)));
}

function placesOf(slices: Uint8Array, count: number): Uint32Array[] {
  const sizes = new Uint32Array(count);
  for (const slice of slices) if (slice !== NONE) sizes[slice]!++;
  const places = Array.from(sizes, (size) => new Uint32Array(size));
  const filled = new Uint32Array(count);
  for (const [row, slice] of slices.entries()) if (slice !== NONE) places[slice]![filled[slice]!++] = row;
  return places;
}

/** The numbers of some rows, `width` a row. */
function pick(numbers: Float64Array, places: Uint32Array, width = 1): Float64Array {
  if (width === 1) return Float64Array.from(places, (place) => numbers[place]!);
  const picked = new Float64Array(places.length * width);
  for (const [row, place] of places.entries())
    picked.set(numbers.subarray(place * width, (place + 1) * width), row * width);
  return picked;
}

function everyNth({ labels, blocks, challenger, champion }: Rows, stride: number): Rows {
  const width = widthOf(challenger, labels);
  const every = Uint32Array.from({ length: Math.ceil(labels.length / stride) }, (_, row) => row * stride);
  const taken = (numbers: Float64Array, of = 1): Float64Array => pick(numbers, every, of);
  return {
    labels: taken(labels),
    blocks: taken(blocks),
    challenger: taken(challenger, width),
    champion: champion && taken(champion, width),
  };
}
