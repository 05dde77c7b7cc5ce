import type { Influence } from './influence.ts';
import type { Metric } from './metric.ts';
import { rocAuc } from './roc-auc.ts';
import { createScored, type Scored } from './scored.ts';

/**
 * The mean over classes of how often a row of the class has a higher probability of it than a row of another: 1 is
 * perfect, 0.5 is chance. Classes without rows are left out; null where all rows are of one.
 * https://scikit-learn.org/stable/modules/generated/sklearn.metrics.roc_auc_score.html (multi_class="ovr")
 */
export const macroRocAuc: Metric = {
  title: 'macro ROC AUC',
  short: 'macro AUC',
  labels: ['class'],
  better: 'higher',
  ranks: true,
  range: [0, 1],
  of(rows) {
    const found = eachAgainstTheRest(rows).flatMap((one) => rocAuc.of(one) ?? []);
    return found.length === 0 ? null : found.reduce((sum, auc) => sum + auc, 0) / found.length;
  },
  influence(rows): Influence {
    const defined = eachAgainstTheRest(rows).filter((one) => rocAuc.of(one) !== null);
    const sum = new Float64Array(rows.labels.length);
    for (const one of defined)
      for (const [row, influence] of rocAuc.influence(one).entries()) sum[row]! += influence / defined.length;
    return sum;
  },
  knowingNothing: () => 0.5,
};

const eachAgainstTheRest = ({ scores, labels, width }: Scored): Scored[] =>
  Array.from({ length: width }, (_, place) =>
    createScored(
      Float64Array.from(labels, (_label, row) => scores[row * width + place]!),
      Float64Array.from(labels, (label) => Number(label === place)),
    ),
  );
