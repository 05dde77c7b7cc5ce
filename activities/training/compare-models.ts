import { median } from '../../core/base/median.ts';
import { metricNamesOf, type MetricName } from '../../core/metrics/index.ts';
import { answerOf, ofAnswers, type ClassCosts } from '../../core/metrics/answer.ts';
import { calibrationError } from '../../core/metrics/calibration-error.ts';
import { answerCalibrationError, classMeasures } from '../../core/metrics/class-measures.ts';
import { createComparison, createIntervals, type Compare, type Difference } from '../../core/metrics/difference.ts';
import { curvesOf } from '../../core/metrics/curves.ts';
import { decidedAt } from '../../core/metrics/decided/index.ts';
import { errorsOf } from '../../core/metrics/errors/index.ts';
import { metricsOf } from '../../core/metrics/metrics.ts';
import { intervalOf, type EstimateInterval } from '../../core/model/calibration/interval.ts';
import { widthOf } from '../../core/metrics/scored.ts';
import { type LabelKind } from '../../core/data/labels/label-kinds.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { DAY, type Instant } from '../../core/time/time.ts';
import { judgeFairness } from '../../core/fairness/fairness.ts';
import { createNearby, medianNearby } from '../../core/training/gates/nearby.ts';
import { judgeSlices } from '../../core/training/slices/slices.ts';
import { type SlicedColumn } from '../../core/training/slices/slicing.ts';
import { type Evaluation, type Judged, type OutOfFoldLead } from '../../core/training/training.ts';
import { answered, type ScoredSplit } from './scoring.ts';

export interface HoldoutQuestion {
  kind: Pipeline['label']['kind'];
  metric: MetricName;
  driftSince: Instant | null;
  /** What a block is, if there are enough of them. */
  by: 'entity' | 'day';
  /** Rows were split by group: the model meets new groups, so days are no blocks, however few the groups are. */
  byGroup?: boolean;
  /** How sure the intervals are to be. */
  level: number;
  /** Slices to judge the winner on; absent: none. */
  slicing?: { columns: SlicedColumn[]; stride: number; minRows: number };
  /** Groups to compare, of the rows that are sliced. */
  fairness?: { columns: SlicedColumn[]; classes?: readonly string[] | undefined };
  /** The threshold that will serve; null or absent: none. */
  threshold?: number | null;
  /** Of classes: by which each of the models answers, in the order of the scores; absent: all by the likeliest. */
  costs?: (ClassCosts | null)[];
  /** Of a number: the intervals of the challenger's estimates. */
  interval?: EstimateInterval | null;
}
type Compared = Pick<
  Evaluation,
  'intervals' | 'lead' | 'others' | 'slices' | 'fairness' | 'scoreShift' | 'afterDrift'
> &
  Judged & {
    anchor: Pick<NonNullable<Evaluation['anchor']>, 'metrics' | 'difference'> | null;
    calibrationError: number | null;
  };

/**
 * Challenger, champion and anchor (as many as there are) on the same rows: all of the holdout, and those after the
 * drift.
 */
export function compareOnHoldout(scored: ScoredSplit, asked: HoldoutQuestion): Compared {
  const { holdout, question } = inBlocks(scored, asked);
  const { kind, metric, driftSince, level, slicing, fairness, threshold = null, costs = [] } = question;
  const { labels, times, blocks, scores } = holdout;
  const [challenger, champion, anchor] = scores;
  const [own = null, champions = null, anchors = null] = costs;
  const against = (other: Float64Array, others: ClassCosts | null): Compare =>
    createComparison({ labels, challenger: challenger!, champion: other, blocks, costs: [own, others] });
  const comparison = champion ? against(champion, champions) : null;
  /** A gain or a loss by these says which costs are declared, not which model is better. */
  const unlike = JSON.stringify(own) === JSON.stringify(champions) ? [] : ofAnswers;
  const whole = {
    ...judged(holdout, question, comparison),
    intervals: intervalsOf(holdout, question),
    ...besides(holdout, question),
    lead: leadOf(holdout, question),
    ...(comparison && {
      others: metricNamesOf(kind)
        .filter((other) => other !== metric && !unlike.includes(other))
        .flatMap((other) => comparison(other, level) ?? []),
    }),
    anchor: anchor
      ? { metrics: metricsOf(kind, anchor, labels, anchors), difference: against(anchor, anchors)(metric, level) }
      : null,
    calibrationError: calibrationErrors[kind](challenger!, labels),
    ...(slicing && {
      slices: judgeSlices(
        { labels, blocks, challenger: challenger!, champion: champion ?? null, costs: [own, champions] },
        slicing.columns,
        slicing.stride,
        { kind, metric, minRows: slicing.minRows },
      ),
    }),
    ...(slicing &&
      fairness && {
        fairness: judgeFairness({ labels, blocks, scores: challenger! }, fairness.columns, {
          kind,
          classes: fairness.classes,
          minRows: slicing.minRows,
          threshold,
          stride: slicing.stride,
          costs: own,
        }),
      }),
  };
  if (driftSince === null) return { ...whole, ...shiftOf(holdout, costs), afterDrift: null };
  const since = Date.parse(driftSince);
  const after = (numbers: Float64Array): Float64Array =>
    numbers.filter((_, i) => times[Math.floor((i * times.length) / numbers.length)]! >= since);
  const later = { labels: after(labels), times: after(times), blocks: after(blocks), scores: scores.map(after) };
  const recent = later.labels.length > 0 ? later : holdout;
  return { ...whole, ...shiftOf(recent, costs), afterDrift: { since: driftSince, ...judged(later, question) } };
}

export type OutOfFoldQuestion = Pick<HoldoutQuestion, 'metric' | 'by' | 'byGroup' | 'level'>;

/** Reaches to try, as shares of the time that the rows span. */
const REACHES = [0.01, 0.03, 0.1];

/**
 * The same of rows that a model was measured on in folds. Its folds lie between each other in time, so it is also compared
 * with what rows near in time say: the least that it gains over those. Null where either cannot be told.
 */
export function leadOutOfFold(scored: ScoredSplit, asked: OutOfFoldQuestion): OutOfFoldLead | null {
  const { holdout, question } = inBlocks(scored, asked);
  const lead = leadOf(holdout, question);
  if (!lead) return null;
  const { labels, times, blocks, scores } = holdout;
  const [challenger] = scores;
  const width = widthOf(challenger!, labels);
  const nothing = constant(labels, width, question.metric);
  const values = width === 1 ? [labels] : Array.from({ length: width }, (_, place) => indicators(labels, place));
  const reaching = createNearby({ times, blocks });
  let overNearby: Difference | null = null;
  for (const share of REACHES) {
    const nearby = reaching(share);
    const said =
      question.metric === 'mae'
        ? [medianNearby(labels, nearby)]
        : values.map((each, place) => nearby(each, nothing[place]!));
    const champion = challenger!.map((_, i) => said[i % width]![Math.floor(i / width)]!);
    const gained = createComparison({ labels, challenger: challenger!, champion, blocks })(
      question.metric,
      question.level,
    );
    if (!gained) return null;
    if (!overNearby || gained.low < overNearby.low) overNearby = gained;
  }
  return overNearby && { ...lead, overNearby };
}

/** 1 for rows of one class. */
const indicators = (labels: Float64Array, place: number): Uint8Array =>
  Uint8Array.from(labels, (label) => (label === place ? 1 : 0));

/** How much better than knowing nothing. */
function leadOf(
  { labels, blocks, scores: [challenger] }: ScoredSplit,
  { metric, level, costs: [own = null] = [] }: Pick<HoldoutQuestion, 'metric' | 'level' | 'costs'>,
): Difference | null {
  const nothing = constant(labels, widthOf(challenger!, labels), metric);
  // What knows nothing is told as the share of the most frequent class, so it answers by no costs.
  const pair = { labels, challenger: challenger!, champion: nothing, blocks, costs: [own, null] as const };
  return createComparison(pair)(metric, level);
}

/** So few are the same ones tomorrow, and share their days: what is new then is the day. */
const FEW_ENTITIES = 10;

function inBlocks<Question extends Pick<HoldoutQuestion, 'by' | 'byGroup'>>(holdout: ScoredSplit, question: Question) {
  if (question.by === 'day' || question.byGroup || new Set(holdout.blocks).size >= FEW_ENTITIES)
    return { holdout, question };
  const days = holdout.times.map((time) => Math.floor(time / DAY));
  return { holdout: { ...holdout, blocks: days }, question: { ...question, by: 'day' as const } };
}

function judged(
  { labels, blocks, scores: [challenger, champion] }: ScoredSplit,
  { kind, metric, by, level, costs: [own = null, champions = null] = [] }: HoldoutQuestion,
  comparison = champion
    ? createComparison({ labels, challenger: challenger!, champion, blocks, costs: [own, champions] })
    : null,
): Judged {
  const blocksWith = (label: number): number => new Set(blocks.filter((_, i) => labels[i] === label)).size;
  return {
    challenger: metricsOf(kind, challenger!, labels, own),
    champion: champion ? metricsOf(kind, champion, labels, champions) : null,
    difference: comparison && comparison(metric, level),
    independent: {
      by,
      blocks: new Set(blocks).size,
      positives: positivesOf[kind](blocksWith, widthOf(challenger!, labels)),
    },
  };
}

function intervalsOf(
  { labels, blocks, scores }: ScoredSplit,
  { kind, level, costs }: HoldoutQuestion,
): NonNullable<Evaluation['intervals']> {
  const intervalOf = createIntervals({ labels, blocks, scores: scores[0]!, costs: costs?.[0] });
  return Object.fromEntries(
    metricNamesOf(kind).flatMap((metric) => {
      const interval = intervalOf(metric, level);
      return interval ? [[metric, interval]] : [];
    }),
  );
}

/** What is known of the challenger besides the metrics that a gate can use. */
function besides(
  { labels, blocks, scores }: ScoredSplit,
  { kind, level, threshold = null, costs, interval }: HoldoutQuestion,
): Pick<Evaluation, 'decided' | 'errors' | 'curves' | 'classes'> {
  const rows = { scores: scores[0]!, labels, blocks };
  if (kind === 'class') return { classes: classMeasures(rows, level, costs?.[0]) };
  if (kind === 'number')
    return { errors: errorsOf({ ...rows, interval: interval ? intervalOf(interval) : null }, level) };
  const curves = curvesOf(rows.scores, labels);
  return {
    ...(threshold !== null && { decided: decidedAt(threshold, rows, level) }),
    ...(curves && { curves }),
  };
}

const calibrationErrors: Record<LabelKind, (scores: Float64Array, labels: Float64Array) => number | null> = {
  binary: calibrationError,
  class: answerCalibrationError,
  number: () => null,
};

/** Blocks with a positive; of classes, with the one that the fewest blocks have. */
const positivesOf: Record<LabelKind, (blocksWith: (label: number) => number, width: number) => number> = {
  binary: (blocksWith) => blocksWith(1),
  number: () => 0,
  class: (blocksWith, width) => Math.min(...Array.from({ length: width }, (_, place) => blocksWith(place))),
};

/** The scores of a model that knows the labels' mean (their median, for absolute errors), or the share of each class, and nothing else. */
function constant(labels: Float64Array, width: number, metric: MetricName): Float64Array {
  if (metric === 'mae') return new Float64Array(labels.length).fill(median(labels.slice()));
  const rows = Math.max(1, labels.length);
  if (width === 1) return new Float64Array(labels.length).fill(labels.reduce((sum, label) => sum + label, 0) / rows);
  const shares = new Float64Array(width);
  for (const label of labels) shares[label]! += 1 / rows;
  return Float64Array.from({ length: labels.length * width }, (_, i) => shares[i % width]!);
}

/** So much the live scores of both may differ, too. */
function shiftOf(
  { scores, labels }: Pick<ScoredSplit, 'scores' | 'labels'>,
  costs: readonly (ClassCosts | null)[],
): Pick<Evaluation, 'scoreShift'> {
  const [challenger, champion] = scores.map((of, i) =>
    answered(of, labels.length, (row, width) => answerOf(of, width, row, costs[i])),
  );
  if (!challenger || !champion || champion.length === 0) return {};
  const mean = (numbers: Float64Array): number => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const middle = mean(champion);
  const deviation = Math.sqrt(mean(champion.map((score) => (score - middle) ** 2)));
  return deviation > 0 ? { scoreShift: (mean(challenger) - middle) / deviation } : {};
}
