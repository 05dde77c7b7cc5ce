import type { LabelKind } from '../data/labels/label-kinds.ts';
import { absoluteError } from './absolute-error.ts';
import { calibration } from './calibration.ts';
import { demographicParity } from './demographic-parity.ts';
import { equalOpportunity } from './equal-opportunity.ts';
import { equalisedOdds } from './equalised-odds.ts';
import { meanError } from './mean-error.ts';
import type { Measure } from './measure.ts';

/** Every way of comparing groups, in the order of tables. */
export const measureKinds = {
  demographicParity,
  equalOpportunity,
  equalisedOdds,
  calibration,
  meanError,
  absoluteError,
} satisfies Record<string, Measure>;
export type MeasureName = keyof typeof measureKinds;

export const measureNames = Object.keys(measureKinds) as MeasureName[];

/** The measures of a label's kind. */
export const measureNamesOf = (label: LabelKind): MeasureName[] =>
  measureNames.filter((name) => (measureKinds[name].labels as readonly LabelKind[]).includes(label));

/** For the beginning of a sentence. */
export const measureTitle = (name: MeasureName): string => {
  const { title } = measureKinds[name];
  return title.charAt(0).toUpperCase() + title.slice(1);
};
