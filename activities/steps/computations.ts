import { measureInsight } from '../../core/explaining/measure-insight.ts';
import { fitInterval } from '../../core/model/calibration/interval.ts';
import { metricsOf } from '../../core/metrics/metrics.ts';
import { compareJointly } from '../../core/drift/joint/joint.ts';
import { explain, scoreShifts } from '../../core/drift/explaining/explain.ts';
import { agreementOf } from '../../core/training/refit.ts';
import { calibrate, scaleClasses } from '../training/calibrate.ts';
import { compareOnHoldout, leadOutOfFold } from '../training/compare-models.ts';

/** Loads a page's code, with what draws its plots, only where the page is wanted: it takes longer than most computations. */
const page =
  <Input extends unknown[]>(load: () => Promise<(...input: Input) => string>) =>
  async (...input: Input): Promise<string> =>
    (await load())(...input);

/** Computations that would block the event loop for long, by name: pure functions that run in threads. */
export const computations = {
  agreementOf,
  calibrate,
  scaleClasses,
  compareJointly,
  compareOnHoldout,
  explain,
  fitInterval,
  leadOutOfFold,
  measureInsight,
  metricsOf,
  scoreShifts,
  driftReport: page(async () => (await import('../../reports/drift/drift-report.ts')).driftReport),
  modelCard: page(async () => (await import('../../reports/card/model-card.ts')).modelCard),
  qualityReport: page(async () => (await import('../../reports/quality-report.ts')).qualityReport),
};
export type Computations = typeof computations;
