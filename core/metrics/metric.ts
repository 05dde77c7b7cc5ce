import type { LabelKind } from '../data/labels/label-kinds.ts';
import type { Influence } from './influence.ts';
import type { Scored } from './scored.ts';

/** One measure of how good scores are: a file of this folder, and a line in its index. */
export interface Metric {
  /** Its name within a sentence. */
  title: string;
  /** For the head of a narrow column. */
  short: string;
  /** The kinds of labels it is for. */
  labels: readonly LabelKind[];
  better: 'higher' | 'lower';
  /** It looks at the order of scores alone, so it does not see how far labels lie off them. */
  ranks?: true;
  /** Its least and its largest value, whatever the rows. */
  range: readonly [least: number, most: number];
  /** Null where it is undefined on these rows. */
  of(rows: Scored): number | null;
  /** What each row adds to it, where it is defined. */
  influence(rows: Scored): Influence;
  /** The score of a model that knows only the share of positives, or the labels' mean or median. */
  knowingNothing(known: KnownOfLabels): number;
}

export interface KnownOfLabels {
  rows: number;
  /** Of classes: the rows of the rarest. */
  positives: number;
  /** How far labels that are numbers lie from their mean (its square's root), and on average from their median. */
  spread?: { deviation: number; absolute: number } | null;
  /** For classes, row by row of a table: how many rows of each class (one line each) were taken for each class. */
  confusion?: readonly number[];
}
