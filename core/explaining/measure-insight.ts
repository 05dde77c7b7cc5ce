import { columnsOf, type ModelArtifact, type TrainedModel } from '../model/artifact.ts';
import { compileScorer } from '../model/scorer.ts';
import type { MetricName } from '../metrics/index.ts';
import { measureDependence } from './dependence.ts';
import { measureImportance, PERMUTATIONS, type JudgedRows } from './importance.ts';
import type { Insight } from './insight.ts';

/** Curves are drawn for so many columns. */
const MOST_CURVES = 6;

export interface InsightQuestion {
  metric: MetricName;
  /** Rows of the whole holdout. */
  of: number;
  /** Columns whose values are shown to nobody. */
  sensitive: readonly string[];
  /** Whether a score reveals a sensitive label. */
  scoreIsSensitive: boolean;
}

/** What a model goes by, on a sample of its holdout. */
export function measureInsight(model: TrainedModel | ModelArtifact, rows: JudgedRows, asked: InsightQuestion): Insight {
  const { scoreChunk } = compileScorer(model);
  const columns = columnsOf(model.encodings);
  const costs = 'costs' in model ? model.costs : null;
  const { value, importance, unmeasured } = measureImportance(scoreChunk, rows, columns, asked.metric, costs);
  const shown = importance.filter(({ column, loss }) => loss > 0 && !asked.sensitive.includes(column));
  // Of classes, a curve would be of one of them.
  const curves = asked.scoreIsSensitive || model.classes ? [] : shown.slice(0, MOST_CURVES);
  return {
    rows: rows.chunk.rows,
    of: asked.of,
    metric: asked.metric,
    value,
    permutations: PERMUTATIONS,
    importance,
    ...(unmeasured.length > 0 && { unmeasured }),
    dependence: curves.map(({ column }) => measureDependence(scoreChunk, rows.chunk, column)),
  };
}
