import type { LabelKind } from '../data/labels/label-kinds.ts';
import { addPromise, addPromises, type Promised } from '../data/profiles/promised.ts';
import { placeOfAnswer } from '../metrics/answer.ts';
import { widened } from '../metrics/confusion.ts';

/** A sum, and the sum of squares. */
export type Sums = [sum: number, squares: number];
/** By bin of the score: negatives, positives, and the sum of the scores. */
export type ScoreBins = Record<number, [negatives: number, positives: number, scores: number]>;

/**
 * What some labelled predictions of one version amount to: sums and counts, which add up over hours, days and replicas.
 */
export interface Tally {
  rows: number;
  /** Log loss; of a number, the absolute error. */
  loss: Sums;
  /** The loss less what the scores promised; of a number, less the usual error of such estimates. */
  excess: Sums;
  /** Labels less scores; of classes, whether the answer was right less its probability. */
  bias: Sums;
  /** Squared errors. */
  squares: Sums;
  bins?: ScoreBins;
  /** What was decided, where a threshold decides: by label 0 and 1, how many were taken for 0 and for 1. */
  decided?: [trueNegatives: number, falsePositives: number, falseNegatives: number, truePositives: number];
  /** Of classes: a line for each, how many of its rows were answered with each. */
  confusion?: number[];
  /** Of classes: each against the rest. */
  binsOf?: ScoreBins[];
  /** Of classes; absent in tallies of earlier releases, and of very many classes. */
  promised?: Promised;
  /** The labels themselves, except those of classes. */
  labels?: Sums;
}

/** A prediction whose label has come. */
export interface LabelledRow {
  /** Of classes, the probability of the answer. */
  score: number;
  label: number;
  /** Of classes. */
  probabilities?: ArrayLike<number> | null;
  decision?: boolean | null;
}

/** Bins of a twentieth in logits: ranks within one hardly move an area under a curve. */
const PER_LOGIT = 20;
const FURTHEST = 16;
const SMALLEST = Number.EPSILON;
/** Of a loss against its promise: a single row that is surely wrong must not decide alone. */
const LEAST_CHANCE = Math.exp(-8);

const clipped = (chance: number, least = SMALLEST): number => Math.min(1 - least, Math.max(least, chance));
const logitOf = (chance: number): number => Math.log(chance / (1 - chance));

export const binOfScore = (score: number): number =>
  Math.round(PER_LOGIT * Math.min(FURTHEST, Math.max(-FURTHEST, logitOf(clipped(score)))));

export const emptyTally = (): Tally => ({ rows: 0, loss: [0, 0], excess: [0, 0], bias: [0, 0], squares: [0, 0] });

/** Adds one row. `usual` gives the usual distance of labels from an estimate of this size; without it, 0. */
export function addRow(
  tally: Tally,
  kind: LabelKind,
  row: LabelledRow,
  usual: (estimate: number) => number = () => 0,
): void {
  tally.rows++;
  add[kind](tally, row, usual);
}

type Add = (tally: Tally, row: LabelledRow, usual: (estimate: number) => number) => void;

const add: Record<LabelKind, Add> = {
  binary(tally, { score, label, decision }) {
    const chance = clipped(score);
    sum(tally.loss, -Math.log(label === 1 ? chance : 1 - chance));
    const weight = logitOf(clipped(score, LEAST_CHANCE));
    sum(tally.excess, (score - label) * weight);
    sum(tally.bias, label - score);
    sum((tally.labels ??= [0, 0]), label);
    sum(tally.squares, (label - score) ** 2);
    count((tally.bins ??= {}), score, label);
    if (typeof decision === 'boolean') (tally.decided ??= [0, 0, 0, 0])[2 * label + Number(decision)]!++;
  },

  class(tally, { label, probabilities, score }) {
    const chances = probabilities ?? [];
    const width = Math.max(chances.length, label + 1);
    const chanceOf = (place: number): number => chances[place] ?? 0;
    sum(tally.loss, -Math.log(clipped(chanceOf(label))));
    let promised = 0;
    for (let place = 0; place < width; place++)
      promised -= chanceOf(place) * Math.log(clipped(chanceOf(place), LEAST_CHANCE));
    sum(tally.excess, -Math.log(clipped(chanceOf(label), LEAST_CHANCE)) - promised);
    const taken = placeOfAnswer(score, chances);
    sum(tally.bias, Number(taken === label) - score);
    tally.confusion = widened(tally.confusion ?? [], width);
    const lines = Math.sqrt(tally.confusion.length);
    tally.confusion[label * lines + taken]!++;
    const promise = addPromise(tally.promised, chances, taken);
    if (promise) tally.promised = promise;
    const bins = (tally.binsOf ??= []);
    for (let place = 0; place < width; place++) count((bins[place] ??= {}), chanceOf(place), Number(place === label));
  },

  number(tally, { score, label }, usual) {
    const distance = Math.abs(label - score);
    sum(tally.loss, distance);
    sum(tally.excess, distance - usual(score));
    sum(tally.bias, label - score);
    sum((tally.labels ??= [0, 0]), label);
    sum(tally.squares, distance ** 2);
  },
};

function sum(sums: Sums, value: number): void {
  sums[0] += value;
  sums[1] += value * value;
}

function count(bins: ScoreBins, score: number, label: number): void {
  const bin = (bins[binOfScore(score)] ??= [0, 0, 0]);
  bin[label === 1 ? 1 : 0]++;
  bin[2] += score;
}

/** The tally of both sets of rows together. */
export function addTallies(a: Tally, b: Tally): Tally {
  const width = Math.sqrt(Math.max(a.confusion?.length ?? 0, b.confusion?.length ?? 0));
  const [one, other] = [widened(a.confusion ?? [], width), widened(b.confusion ?? [], width)];
  const promised = addPromises(a.promised, b.promised);
  const classes = Math.max(a.binsOf?.length ?? 0, b.binsOf?.length ?? 0);
  return {
    rows: a.rows + b.rows,
    loss: addSums(a.loss, b.loss),
    excess: addSums(a.excess, b.excess),
    bias: addSums(a.bias, b.bias),
    squares: addSums(a.squares, b.squares),
    ...((a.bins ?? b.bins) && { bins: addBins(a.bins, b.bins) }),
    ...((a.decided ?? b.decided) && { decided: addDecided(a.decided, b.decided) }),
    ...(width > 0 && { confusion: one.map((rows, i) => rows + other[i]!) }),
    ...(classes > 0 && {
      binsOf: Array.from({ length: classes }, (_, place) => addBins(a.binsOf?.[place], b.binsOf?.[place])),
    }),
    ...(promised && { promised }),
    ...((a.labels ?? b.labels) && { labels: addSums(a.labels ?? [0, 0], b.labels ?? [0, 0]) }),
  };
}

const addSums = (a: Sums, b: Sums): Sums => [a[0] + b[0], a[1] + b[1]];

function addBins(a: ScoreBins = {}, b: ScoreBins = {}): ScoreBins {
  const bins: ScoreBins = { ...a };
  for (const [bin, [negatives, positives, scores]] of Object.entries(b)) {
    const has = bins[Number(bin)] ?? [0, 0, 0];
    bins[Number(bin)] = [has[0] + negatives, has[1] + positives, has[2] + scores];
  }
  return bins;
}

type Decided = NonNullable<Tally['decided']>;
function addDecided(a: Decided = [0, 0, 0, 0], b: Decided = [0, 0, 0, 0]): Decided {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]];
}
