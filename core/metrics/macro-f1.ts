import { countsByClass, f1Of, sharesOf } from './confusion.ts';
import type { Influence } from './influence.ts';
import type { Metric } from './metric.ts';
import type { Scored } from './scored.ts';

/**
 * The mean over classes of F1, the harmonic mean of recall and precision, so that rare classes count like frequent ones:
 * 1 is perfect. Classes without rows that no row was taken for are left out.
 * https://scikit-learn.org/stable/modules/generated/sklearn.metrics.f1_score.html (average="macro")
 * Classes 0, 1, 2, 2 taken for 0, 1, 1, 2 // => 0.7778
 */
export const macroF1: Metric = {
  title: 'macro F1',
  short: 'macro F1',
  labels: ['class'],
  better: 'higher',
  range: [0, 1],
  of(rows) {
    const found = countsByClass(rows.confusion()).flatMap((counts) => f1Of(counts) ?? []);
    return rows.labels.length === 0 ? null : found.reduce((sum, f1) => sum + f1, 0) / found.length;
  },
  influence,
  /** All rows are taken for the most frequent class. */
  knowingNothing({ confusion = [] }) {
    const shares = sharesOf(confusion).filter((share) => share > 0);
    const most = Math.max(0, ...shares);
    return shares.length === 0 ? 0 : (2 * most) / (1 + most) / shares.length;
  },
};

/** F1 is a ratio of counts: a row adds to the one above, and to the one below as a row of its class and of the one it was taken for. */
function influence({ labels, confusion, answer }: Scored): Influence {
  const classes = countsByClass(confusion());
  const f1 = classes.map(f1Of);
  const known = f1.filter((each) => each !== null).length;
  return Float64Array.from(labels, (label, row) => {
    const taken = answer(row);
    const owed = (place: number): number => {
      const { rows, taken: all } = classes[place]!;
      return -f1[place]! / (rows + all);
    };
    const { rows, taken: all } = classes[label]!;
    const hit = taken === label ? 2 / (rows + all) : 0;
    return (hit + owed(label) + owed(taken)) / known;
  });
}
