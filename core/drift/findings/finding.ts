import type { Pipeline } from '../../declaration/pipeline.ts';
import type { Verdict } from '../verdict.ts';

/** What a kind of finding reads of a verdict. */
export type Checked = Pick<
  Verdict,
  | 'columns'
  | 'level'
  | 'score'
  | 'concept'
  | 'abstained'
  | 'alarm'
  | 'unsure'
  | 'volume'
  | 'stale'
  | 'skew'
  | 'answers'
  | 'joint'
  | 'leadsTo'
  | 'reference'
> &
  Partial<Pick<Verdict, 'rows' | 'window'>>;

/** What was found, in a sentence, and what Perennial does about it. */
export interface Said {
  says: string;
  follows: string;
}

/** One kind of trouble: a file of this folder, and a line in its index. */
export interface FindingKindOf {
  title: string;
  /** null: nothing of this kind. */
  find(verdict: Checked, drift: Pipeline['drift']): Said | null;
}

export const INFORMS = 'It informs only.';

export const percent = (share: number): string => `${Number((100 * share).toFixed(1))} %`;
