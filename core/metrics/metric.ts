import type { LabelKind } from '../base/label-kinds.ts';
import type { Redraw, ScoredPair } from './resampling.ts';
import type { Scored } from './scored.ts';

/** One measure of how good scores are: a file of this folder, and a line in its index. */
export interface Metric {
  /** What it is called within a sentence. */
  title: string;
  /** For the head of a narrow column. */
  short: string;
  /** Whose labels it is about. */
  label: LabelKind;
  better: 'higher' | 'lower';
  /** Null where it has no meaning on these rows. */
  of(rows: Scored): number | null;
  /** What a model gets that knows how many rows are positive, or what the labels' mean is, and nothing else. */
  knowingNothing(known: KnownOfLabels): number;
  /** Prepares two models' scores of the same rows, so that the difference in a draw of blocks is quick to tell. */
  resample(pair: ScoredPair): Redraw;
}

export interface KnownOfLabels {
  rows: number;
  positives: number;
  /** How far labels that are numbers lie from their mean. */
  spread?: { deviation: number; absolute: number } | null;
}
