import type { Importance } from '../../explaining/insight.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import type { Instant } from '../../time/time.ts';
import type { CandidateResult, Evaluation, ModelVersion, TrainingSet } from '../training.ts';
import type { Described } from './version-names.ts';

/** What is known of a version from its registration, its training and its declaration, to be laid beside others. */
export interface ComparedVersion
  extends Described, Pick<ModelVersion, 'version' | 'stage' | 'asOf' | 'snapshot' | 'splits'> {
  /** Its model card; null: it has none. */
  cardKey?: string | null;
  candidate: string;
  /** The candidate as it was declared for that training or found by it, without its name; null if neither is known. */
  declared: Record<string, unknown> | null;
  /** On its own holdout. */
  metrics: Metrics;
  /** What the metrics lie between; absent in what earlier releases stored. */
  intervals?: Evaluation['intervals'] | null;
  /** What it decided at its threshold; of a number, other measures of its errors. */
  decided?: Evaluation['decided'] | null;
  errors?: Evaluation['errors'] | null;
  gate: ModelVersion['gate'];
  /** Of a label of kind class: how its classes are called; null where it is sensitive. */
  classes?: string[] | null;
  columns: string[];
  /** null in what earlier releases stored. */
  rows: TrainingSet['rows'] | null;
  leaks?: TrainingSet['leaks'] | null;
  /** What it goes by, the most important column first; null in what earlier releases stored. */
  importance: Importance[] | null;
  trained: Pick<CandidateResult, 'epochs' | 'trees' | 'seconds' | 'backend'> | null;
}

export interface Comparison {
  pipeline: string;
  /** As they were asked for; the first is what columns of the others are held against. */
  versions: (ComparedVersion & { columnsAdded: string[]; columnsRemoved: string[] })[];
  /** Metrics of versions with different holdouts are not measured on the same rows. */
  sameHoldout: boolean;
}

/** Lays versions side by side. */
export function comparisonOf(pipeline: string, versions: readonly ComparedVersion[]): Comparison {
  const first = versions[0]!;
  const without = (columns: string[], others: string[]): string[] => columns.filter((name) => !others.includes(name));
  return {
    pipeline,
    versions: versions.map((each) => ({
      ...each,
      columnsAdded: without(each.columns, first.columns),
      columnsRemoved: without(first.columns, each.columns),
    })),
    sameHoldout: versions.every((each) => holdoutOf(each) === holdoutOf(first)),
  };
}

const holdoutOf = ({ snapshot, splits, metrics }: ComparedVersion): string =>
  JSON.stringify([snapshot, splits.holdout, splits.to, splits.by, metrics.rows]);

/** How a period is told apart from others: to the minute. */
export const periodInWords = (from: Instant, to: Instant): string => `${minute(from)} to ${minute(to)}`;
const minute = (at: Instant): string => at.slice(0, 16).replace('T', ' ');
