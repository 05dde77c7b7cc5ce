import type { Labelling } from '../../data/labels/labels.ts';
import type { Instant } from '../../time/time.ts';
import type { Moments, PairedLosses } from './evidence.ts';

/**
 * How wrong versions were on rows that both could have answered: the log loss for a label of kind binary or class, the
 * absolute error for a number.
 */
export interface Losses {
  /** Of rows served since a moment whose labels have come, by version: the mean of each entity, or key without one. */
  since(
    pipeline: string,
    versions: readonly number[],
    moment: Instant,
    labelling: Labelling,
  ): Promise<Map<number, Moments>>;
  /**
   * Of rows under a generation of the traffic that one version scored as a shadow while another answered, as `one` and
   * `other`; an entity is its mean.
   */
  paired(
    pipeline: string,
    which: { generation: number; shadow: number; answering: number },
    labelling: Labelling,
  ): Promise<PairedLosses>;
}

/** The same pairs with `one` and `other` changing places. */
export const turned = ({ one, other, ...pairs }: PairedLosses): PairedLosses => ({ ...pairs, one: other, other: one });
