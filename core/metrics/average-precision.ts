import type { Influence } from './influence.ts';
import type { Metric } from './metric.ts';
import type { Scored } from './scored.ts';

/**
 * The precision at each score, weighted by the recall that it adds: 1 is perfect, the share of positives is chance.
 * Null without positives.
 * https://scikit-learn.org/stable/modules/generated/sklearn.metrics.average_precision_score.html
 * Scores 0.1, 0.4, 0.35, 0.8 of labels 0, 0, 1, 1 // => 0.8333
 */
export const averagePrecision: Metric = {
  title: 'average precision',
  short: 'average precision',
  labels: ['binary'],
  better: 'higher',
  ranks: true,
  range: [0, 1],
  of,
  influence,
  knowingNothing: ({ rows, positives }) => positives / rows,
};

function of({ labels, ranking }: Pick<Scored, 'labels' | 'ranking'>): number | null {
  const { order, ends } = ranking();
  let [positives, counted, sum] = [0, 0, 0];
  for (let i = 0; i < order.length; i++) {
    positives += labels[order[i]!]!;
    if (ends[i] === 1 && positives > counted) {
      sum += ((positives - counted) * positives) / (i + 1);
      counted = positives;
    }
  }
  return positives === 0 ? null : sum / positives;
}

/**
 * A row that counts more raises the precision at its own score and below it if it is positive, and lowers it there if it
 * is not. Walks from the lowest score up, with the sums over all positives of this score and lower ones.
 */
function influence({ labels, ranking }: Scored): Influence {
  const { order, ends } = ranking();
  const all = order.reduce((sum, row) => sum + labels[row]!, 0);
  const average = of({ labels, ranking })!;
  const influence = new Float64Array(order.length);
  let [positives, ofPositives, ofPrecisions] = [all, 0, 0];
  for (let last = order.length - 1; last >= 0;) {
    let [first, tied] = [last, labels[order[last]!]!];
    while (first > 0 && ends[first - 1] === 0) tied += labels[order[--first]!]!;
    const rows = last + 1;
    const precision = positives / rows;
    ofPositives += tied / rows;
    ofPrecisions += (tied * precision) / rows;
    for (let i = first; i <= last; i++) {
      const own = labels[order[i]!]! * (precision - average + ofPositives);
      influence[order[i]!] = (own - ofPrecisions) / all;
    }
    positives -= tied;
    last = first - 1;
  }
  return influence;
}
