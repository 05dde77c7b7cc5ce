import { usualRate } from './alarm/rate.ts';
import type { DeclaredReference } from './reference/kinds/index.ts';
import { countingNames, distanceKinds, type DecidingName, type Thresholds } from './distances/index.ts';

/** The shares of drifted columns from which a data set drifts, and drifts severely, unless declared. */
export const usualShares = { warn: 0.15, severe: 0.3 } as const;

/** What a declaration says of how drift is judged. */
export type DeclaredJudging = Thresholds & {
  falseAlarms?: string | undefined;
  warn: number;
  severe: number;
  reference?: DeclaredReference | undefined;
};

/**
 * How often the alarm that judges may be false; null: the share of drifted columns judges instead. A declaration that
 * says nothing of it gets the alarm, unless it tuned the share (an update must not change what its numbers mean), or chose
 * a reference: the alarm asks what is unusual, not what is unlike those rows.
 */
export function rateOf(drift: DeclaredJudging): string | null {
  if (drift.falseAlarms === undefined) return tunesShare(drift) || hasReference(drift) ? null : usualRate;
  return drift.falseAlarms === 'off' ? null : drift.falseAlarms;
}

const hasReference = ({ reference = 'holdout' }: DeclaredJudging): boolean => reference !== 'holdout';

/** Whether a number that all columns share is another than the default. */
const tunesShare = (drift: DeclaredJudging): boolean =>
  drift.warn !== usualShares.warn ||
  drift.severe !== usualShares.severe ||
  countingNames(drift).some((name) => drift[name] !== usualThreshold(name));

const usualThreshold = (name: DecidingName): number | null => {
  const { threshold } = distanceKinds[name];
  return typeof threshold === 'number' ? threshold : null;
};
