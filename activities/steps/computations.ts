import { measureInsight } from '../../core/explaining/measure-insight.ts';
import { fitInterval } from '../../core/model/interval.ts';
import { metricsOf } from '../../core/metrics/metrics.ts';
import { explain, scoreShifts } from '../../core/drift/explaining/explain.ts';
import { driftReport } from '../../reports/drift-report.ts';
import { agreementOf } from '../../core/training/refit.ts';
import { modelCard } from '../../reports/model-card.ts';
import { qualityReport } from '../../reports/quality-report.ts';
import { calibrate, scaleClasses } from '../training/calibrate.ts';
import { compareOnHoldout } from '../training/compare-models.ts';

/** Computations that would block the event loop for long, by name: pure functions that run in threads. */
export const computations = {
  agreementOf,
  calibrate,
  scaleClasses,
  compareOnHoldout,
  driftReport,
  explain,
  fitInterval,
  measureInsight,
  metricsOf,
  modelCard,
  qualityReport,
  scoreShifts,
};
export type Computations = typeof computations;
