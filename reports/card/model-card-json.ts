import { encodingsByColumn } from '../../core/model/effects/typical.ts';
import { versionName } from '../../core/base/ids.ts';
import { isSensitive } from '../../core/declaration/redaction/redaction.ts';
import { measureKinds } from '../../core/fairness/index.ts';
import { besideNames } from '../../core/metrics/besides.ts';
import { classNames, countsByClass, f1Of, precisionOf, recallOf } from '../../core/metrics/confusion.ts';
import { type ClassMeasures } from '../../core/metrics/class-measures.ts';
import { type Curves } from '../../core/metrics/curves.ts';
import { LEVEL, type Interval } from '../../core/metrics/difference.ts';
import { metricNamesOf } from '../../core/metrics/index.ts';
import { type Metrics } from '../../core/metrics/metrics.ts';
import { type LabelKind } from '../../core/data/labels/label-kinds.ts';
import { placeInWords } from '../../core/sources/source.ts';
import { splitNames } from '../../core/training/training.ts';
import { periodsOf } from '../../core/training/splits/periods.ts';
import { refitInWords } from '../../core/training/refit.ts';
import { limitsOf, whyNoChampion } from './limits.ts';
import { reachOf } from '../drawing/curve-plot.ts';
import { type ModelCard } from './model-card.ts';
import { curvePng } from '../drawing/png.ts';

interface Metric {
  type: string;
  value: string;
  slice?: string;
  confidence_interval?: { lower_bound: string; upper_bound: string };
}
interface KeyValue {
  key: string;
  value: string;
}

/**
 * The card for programs, by the Model Card Toolkit's schema, version 0.0.2.
 * https://github.com/tensorflow/model-card-toolkit/tree/main/model_card_toolkit/schema
 */
export function modelCardJson(card: ModelCard) {
  const { version, pipeline, artifact, snapshot } = card;
  const name = versionName(version.version);
  return {
    schema_version: '0.0.2',
    model_details: {
      name: version.pipeline,
      overview: pipeline.description || `Scores "${pipeline.label.name}" of ${placeInWords(pipeline.source)}.`,
      documentation: `${[version.gate.reason, ...refitWords(card)].join('\n\n')}\n\n${lineage(card)
        .map(({ key, value }) => `${key}: ${value}`)
        .join('\n')}`,
      version: { name, date: version.createdAt.slice(0, 10), diff: diffInWords(card) },
      path: version.objectKey,
    },
    model_parameters: {
      model_architecture: `${version.candidate}, trained with ${environment(card)
        .map(({ key, value }) => `${key} ${value}`)
        .join(', ')}`,
      data: splitNames.map((split) => ({
        name: split,
        description: splitInWords(card, split),
        sensitive: { sensitive_data: sensitiveColumns(card) },
      })),
      input_format: `a row of ${pipeline.name}, by the names of its columns`,
      input_format_map: [...encodingsByColumn(artifact.encodings)].map(([key, { kind }]) => ({ key, value: kind })),
      output_format: outputs[pipeline.label.kind](pipeline.label.name, pipeline.gates.costs !== undefined),
      output_format_map: [
        ...(artifact.threshold === null ? [] : [{ key: 'threshold', value: String(artifact.threshold) }]),
        ...(pipeline.label.kind === 'class' ? [{ key: 'calibration', value: 'temperature' }] : []),
        ...(artifact.threshold === null
          ? []
          : [{ key: 'calibration', value: artifact.calibration.knots ? 'isotonic regression' : 'Platt scaling' }]),
        ...lineage(card),
        ...environment(card),
        { key: 'snapshot rows', value: String(snapshot.rows) },
        { key: 'gates', value: JSON.stringify(gatesOf(card)) },
        ...(pipeline.fairness ? [{ key: 'fairness', value: JSON.stringify(pipeline.fairness) }] : []),
      ],
    },
    quantitative_analysis: {
      performance_metrics: metricsOf(card),
      graphics: {
        description: 'On the holdout, from 0 to 1 both ways unless the name says otherwise.',
        collection: graphicsOf(card),
      },
    },
    considerations: {
      limitations: limitsOf(card).map((description) => ({ description })),
      tradeoffs: tradeoffs(card).map((description) => ({ description })),
      ethical_considerations: risks(card),
    },
  };
}

const outputs: Record<LabelKind, (label: string, hasCosts: boolean) => string> = {
  binary: (label) => `the calibrated probability that ${label} is 1, and whether it reaches the threshold`,
  number: (label) => `an estimate of ${label}`,
  class: (label, hasCosts) =>
    `the ${hasCosts ? '' : 'likeliest '}class of ${label}${hasCosts ? ' that is expected to cost least' : ''}, and the calibrated probability of each`,
};

function graphicsOf({ version, pipeline }: ModelCard) {
  const { curves, classes } = version.evaluation;
  const names = classNames(pipeline, classes?.each.length ?? 0);
  const drawn = ({ roc, precisionRecall }: Curves, of = '') => [
    { name: `ROC curve${of}`, image: curvePng(roc) },
    { name: `Precision over recall${of}`, image: curvePng(precisionRecall) },
  ];
  const calibration = curves?.calibration ?? classes?.calibration;
  return [
    ...(curves ? drawn(curves) : []),
    ...(calibration ? [calibrationGraphic(calibration)] : []),
    ...(classes?.each ?? []).flatMap((each, place) => (each.curves ? drawn(each.curves, ` of ${names[place]}`) : [])),
  ];
}

function calibrationGraphic(points: NonNullable<Curves['calibration']>) {
  const upTo = reachOf(points);
  return {
    name: `Calibration: share of positives, or of right answers, over mean score, from 0 to ${upTo} both ways`,
    image: curvePng(points.map(([score, share]) => [score / upTo, share / upTo])),
  };
}

function metricsOf({ version, pipeline, insight }: ModelCard): Metric[] {
  const { challenger, champion, intervals, decided, errors, classes, slices, fairness, measured } = version.evaluation;
  const { metric } = pipeline.gates;
  const names = metricNamesOf(pipeline.label.kind);
  const besides = { ...decided?.measures, ...errors };
  const as = (type: string, value: number, interval?: Interval | null, slice?: string): Metric => ({
    type,
    value: String(value),
    ...(slice !== undefined && { slice }),
    ...(interval && {
      confidence_interval: { lower_bound: String(interval.low), upper_bound: String(interval.high) },
    }),
  });
  return [
    ...names.flatMap((name) => (challenger[name] == null ? [] : as(name, challenger[name], intervals?.[name]))),
    ...(classes?.cost ? [as('meanCost', classes.cost.value, classes.cost)] : []),
    ...classMetrics(challenger, classes, pipeline, as),
    ...besideNames.flatMap((name) => (besides[name] ? as(name, besides[name].value, besides[name]) : [])),
    ...(decided ? Object.entries(decided.counts).map(([type, value]) => as(type, value)) : []),
    ...(measured?.calibrationError == null ? [] : [as('calibrationError', measured.calibrationError)]),
    ...(measured
      ? [as('microsecondsPerRow', measured.microsecondsPerRow), as('artifactBytes', measured.artifactBytes)]
      : []),
    ...names.flatMap((name) => (champion?.[name] == null ? [] : as(`${name} of the champion then`, champion[name]))),
    ...(slices?.list ?? []).map((slice) =>
      as(metric, slice.value, slice, slice.declared ? slice.name : `${slice.column}: ${slice.name}`),
    ),
    ...(fairness?.columns ?? []).flatMap(({ column, groups, gaps }) => [
      ...groups.flatMap((group) =>
        group.rates.flatMap(({ name, value, low, high }) =>
          value === null ? [] : as(name, value, { low: low!, high: high! }, `${column}: ${group.name}`),
        ),
      ),
      ...gaps.flatMap((gap) => [
        as(`${gap.measure} difference`, gap.difference, gap, column),
        ...(gap.ratio ? [as(`${gap.measure} ratio`, gap.ratio.value, gap.ratio, column)] : []),
      ]),
    ]),
    ...(insight?.importance ?? []).map(({ column, loss, low, high }) =>
      as(`importance of ${column}`, loss, low === null || high === null ? null : { low, high }),
    ),
    ...(insight?.dependence ?? []).flatMap(({ column, points }) =>
      points.map(({ value, mean }) => as('partial dependence', mean, null, `${column}: ${value ?? 'missing'}`)),
    ),
  ];
}

/** Precision, recall and rows of each class, and how many of its rows were taken for each. */
function classMetrics(
  { confusion = [] }: Metrics,
  measured: ClassMeasures | undefined,
  pipeline: ModelCard['pipeline'],
  as: (type: string, value: number, interval: Interval | null, slice: string) => Metric,
): Metric[] {
  const counts = countsByClass(confusion);
  const names = classNames(pipeline, counts.length);
  return counts.flatMap((of, place) => {
    const values = { precision: precisionOf(of), recall: recallOf(of), f1: f1Of(of), rows: of.rows };
    const intervals: Partial<Record<string, Interval>> = measured?.each[place]?.measures ?? {};
    const slice = `${pipeline.label.name}: ${names[place]}`;
    return [
      ...Object.entries(values).flatMap(([type, value]) =>
        value === null ? [] : as(type, value, intervals[type] ?? null, slice),
      ),
      ...names.map((name, other) => as(`rows answered ${name}`, confusion[place * names.length + other]!, null, slice)),
    ];
  });
}

/** A label that is a number has no positives to count. */
function gatesOf({ pipeline: { gates, label } }: ModelCard): object {
  const { minPositives, costs, ...rest } = gates;
  const others = { ...rest, ...(costs && !label.sensitive && { costs }) };
  return label.kind === 'number' ? others : { minPositives, ...others };
}

function sensitiveColumns({ pipeline }: ModelCard): string[] {
  const { columns, label, source } = pipeline;
  const all = new Set([...Object.keys(columns), label.name, source.key, source.entity ?? source.key]);
  return [...all].filter((column) => isSensitive(pipeline, column));
}

function splitInWords(
  { version, trainingSet, snapshot, pipeline }: ModelCard,
  split: (typeof splitNames)[number],
): string {
  const [from, to] = periodsOf(version.splits)[split];
  const rows = trainingSet ? `${trainingSet.rows[split]} rows, ` : '';
  return `${rows}from ${from} to ${to}, of snapshot ${snapshot.id} of ${placeInWords(pipeline.source)}`;
}

function lineage({ version, snapshot, cycle }: ModelCard): KeyValue[] {
  return [
    { key: 'revision', value: version.revision },
    { key: 'snapshot', value: snapshot.id },
    { key: 'training run', value: version.trainingRun },
    ...(cycle ? [{ key: 'cycle', value: cycle.id }] : []),
    { key: 'as of', value: version.asOf },
    { key: 'sha256', value: version.sha256 },
    ...startOf(version),
    ...(version.refit?.outcome === 'refitted'
      ? [
          { key: 'judged artifact', value: version.refit.judged.objectKey },
          { key: 'judged sha256', value: version.refit.judged.sha256 },
          { key: 'rows that the serving model learnt from', value: String(version.refit.rows) },
        ]
      : []),
  ];
}

/** The version whose weights are in it. */
function startOf({ warmStart }: ModelCard['version']): KeyValue[] {
  if (!warmStart || 'whyNot' in warmStart || warmStart.outcome === 'lost') return [];
  return [
    { key: 'started from', value: versionName(warmStart.version) },
    { key: 'started from sha256', value: warmStart.sha256 },
  ];
}

/** Which artifact serves: the metrics are of the judged one. */
const refitWords = ({ version }: ModelCard): string[] => (version.refit ? [refitInWords(version.refit)] : []);

function environment({ artifact, environment: judgedWith }: ModelCard): KeyValue[] {
  const { backend, tensorflow } = artifact.trainedWith;
  return [
    { key: 'backend', value: backend },
    ...(tensorflow === undefined ? [] : [{ key: 'TensorFlow.js', value: tensorflow }]),
    ...(judgedWith
      ? [
          { key: 'Perennial', value: judgedWith.release },
          { key: 'Node', value: judgedWith.node },
          { key: 'system', value: judgedWith.system },
          { key: 'cores', value: String(judgedWith.cores) },
        ]
      : []),
  ];
}

function diffInWords({ version }: ModelCard): string {
  const { champion, difference } = version.evaluation;
  if (!difference) return champion ? 'It could not be compared with the champion.' : whyNoChampion(version.evaluation);
  const { metric, estimate, low, high, level = LEVEL } = difference;
  return `${metric} against the champion: ${estimate}, ${level} interval ${low} to ${high}, more is better`;
}

const tradeoffs = ({ version }: ModelCard): string[] =>
  (version.evaluation.others ?? [])
    .filter(({ high }) => high < 0)
    .map(({ metric, estimate }) => `${metric} is worse than the champion's by ${-estimate}`);

function risks({ version, pipeline }: ModelCard): { name: string; mitigation_strategy: string }[] {
  const gaps = version.evaluation.fairness?.columns.flatMap(({ column, gaps }) => gaps.map((gap) => ({ column, gap })));
  return (gaps ?? [])
    .filter(({ gap }) => gap.low > 0)
    .map(({ column, gap }) => ({
      name: `${measureKinds[gap.measure].title} by ${column}: ${gap.lower} and ${gap.higher} are treated differently`,
      mitigation_strategy:
        pipeline.fairness?.limits?.[gap.measure] === undefined
          ? 'no limit is declared'
          : `the gate refuses a gap that is surely above ${pipeline.fairness.limits[gap.measure]}`,
    }));
}
