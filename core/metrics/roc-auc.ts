import type { Influence } from './influence.ts';
import type { Metric } from './metric.ts';
import type { Scored } from './scored.ts';

/**
 * How often a positive row scores above a negative one, equal scores counting half: 1 is perfect, 0.5 is chance.
 * Null when one of the two is missing.
 * https://en.wikipedia.org/wiki/Mann-Whitney_U_test#Area-under-curve_(AUC)_statistic_for_ROC_curves
 * Scores 0.1, 0.4, 0.35, 0.8 of labels 0, 0, 1, 1 // => 0.75
 */
export const rocAuc: Metric = {
  title: 'ROC AUC',
  short: 'ROC AUC',
  labels: ['binary'],
  better: 'higher',
  ranks: true,
  range: [0, 1],
  of,
  influence,
  knowingNothing: () => 0.5,
};

function of(rows: Scored): number | null {
  const { positives, negatives } = classes(rows);
  if (positives === 0 || negatives === 0) return null;
  let pairs = 0;
  groups(rows, (_rows, tied, above) => {
    pairs += tied.negatives * (above.positives + tied.positives / 2);
  });
  return pairs / (positives * negatives);
}

/** A row's own share of pairs won, less the average. DeLong, DeLong and Clarke-Pearson, Biometrics 44, 1988. */
function influence(scored: Scored): Influence {
  const all = classes(scored);
  const auc = of(scored)!;
  const influence = new Float64Array(scored.labels.length);
  groups(scored, (rows, tied, above) => {
    const ofPositive = (all.negatives - above.negatives - tied.negatives / 2) / all.negatives;
    const ofNegative = (above.positives + tied.positives / 2) / all.positives;
    for (const row of rows)
      influence[row] =
        scored.labels[row] === 1 ? (ofPositive - auc) / all.positives : (ofNegative - auc) / all.negatives;
  });
  return influence;
}

interface Classes {
  positives: number;
  negatives: number;
}

function classes({ labels }: Scored): Classes {
  let positives = 0;
  for (let i = 0; i < labels.length; i++) positives += labels[i]!;
  return { positives, negatives: labels.length - positives };
}

/** From the highest score down: the rows of each score, their classes, and those of all higher scores. */
function groups({ labels, ranking }: Scored, visit: (rows: Uint32Array, tied: Classes, above: Classes) => void): void {
  const { order, ends } = ranking();
  let above: Classes = { positives: 0, negatives: 0 };
  let [first, positives] = [0, 0];
  for (let i = 0; i < order.length; i++) {
    positives += labels[order[i]!]!;
    if (ends[i] === 0) continue;
    const tied = { positives, negatives: i + 1 - first - positives };
    visit(order.subarray(first, i + 1), tied, above);
    above = { positives: above.positives + positives, negatives: above.negatives + tied.negatives };
    [first, positives] = [i + 1, 0];
  }
}
