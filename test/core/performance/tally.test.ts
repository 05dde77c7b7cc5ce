import { type LabelKind } from '../../../core/data/labels/label-kinds.ts';
import { createRandom } from '../../../core/base/random.ts';
import { metricNamesOf } from '../../../core/metrics/index.ts';
import { metricsOf } from '../../../core/metrics/metrics.ts';
import { addRow, addTallies, emptyTally, type LabelledRow, type Tally } from '../../../core/performance/tally.ts';
import { metricsOfTally } from '../../../core/performance/tally-metrics.ts';
import { valueOfClasses } from '../../../core/performance/value.ts';
import assert from 'node:assert/strict';

const CLASSES = 3;

function rowsOf(kind: LabelKind, count: number): LabelledRow[] {
  const { uniform: random } = createRandom(7);
  return Array.from({ length: count }, (): LabelledRow => {
    if (kind === 'number') {
      const score = 20 * random();
      return { score, label: score + (random() - 0.4) * 3 };
    }
    if (kind === 'binary') {
      const score = random() ** 3;
      return { score, label: Number(random() < score), decision: score >= 0.5 };
    }
    const parts = Array.from({ length: CLASSES }, () => random() ** 2);
    const all = parts.reduce((sum, part) => sum + part, 0);
    const probabilities = parts.map((part) => part / all);
    const drawn = random();
    const label = drawn < probabilities[0]! ? 0 : drawn < probabilities[0]! + probabilities[1]! ? 1 : 2;
    return { score: Math.max(...probabilities), label, probabilities };
  });
}

function tallyOf(kind: LabelKind, rows: readonly LabelledRow[]): Tally {
  const tally = emptyTally();
  for (const row of rows) addRow(tally, kind, row);
  return tally;
}

describe('a tally of labelled predictions', () => {
  for (const kind of ['binary', 'class', 'number'] as const)
    it(`has the metrics of its rows (${kind})`, () => {
      const rows = rowsOf(kind, 4_000);
      const scores = rows.flatMap(({ score, probabilities }) => Array.from(probabilities ?? [score]));
      const exact = metricsOf(kind, scores, rows.map(({ label }) => label)); // prettier-ignore
      const counted = metricsOfTally(kind, tallyOf(kind, rows));
      assert.deepEqual([counted.rows, counted.positives], [exact.rows, exact.positives]);
      for (const name of metricNamesOf(kind))
        assert.ok(Math.abs(counted[name]! - exact[name]!) < 1e-3, `${name}: ${counted[name]} for ${exact[name]}`);
    });

  for (const kind of ['binary', 'class', 'number'] as const)
    it(`is that of all rows when two of some are added (${kind})`, () => {
      const rows = rowsOf(kind, 300);
      const together = addTallies(tallyOf(kind, rows.slice(0, 120)), tallyOf(kind, rows.slice(120)));
      const [a, b] = [metricsOfTally(kind, together), metricsOfTally(kind, tallyOf(kind, rows))];
      for (const name of metricNamesOf(kind)) assert.ok(Math.abs(a[name]! - b[name]!) < 1e-9, name);
      assert.equal(together.rows, 300);
    });

  it('counts the answer that was given, also where costs made it another than the likeliest, and what answers cost', () => {
    const rows = [
      { score: 0.12345678901, label: 2, probabilities: [0.6, 0.27654321, 0.12345679] },
      { score: 0.8, label: 0, probabilities: [0.8, 0.1, 0.1] },
      { score: 0.2, label: 0, probabilities: [0.7, 0.1, 0.2] },
    ];
    const { confusion, promised } = tallyOf('class', rows);
    assert.deepEqual(confusion, [1, 0, 1, 0, 0, 0, 0, 0, 1]);
    assert.ok(Math.abs(promised!.confusion[2]! - 1.3) < 1e-9, 'of the two that were answered with the third class');
    const costs = [
      [0, 1, 4],
      [1, 0, 1],
      [20, 20, 0],
    ];
    // Two rows of the first class and one of the third: answered all alike they cost 8 at least.
    assert.deepEqual(valueOfClasses(confusion!, costs, 2), { cost: 2, saved: 2 });
    assert.deepEqual(valueOfClasses([2, 0, 0, 1], costs, 1), { cost: 0, saved: 1 }, 'a class came later');
  });

  it('takes classes that were declared later', () => {
    const before = tallyOf('class', [{ score: 0.7, label: 0, probabilities: [0.7, 0.3] }]);
    const later = tallyOf('class', [{ score: 0.8, label: 2, probabilities: [0.1, 0.1, 0.8] }]);
    const { confusion, accuracy } = metricsOfTally('class', addTallies(before, later));
    assert.deepEqual(confusion, [1, 0, 0, 0, 0, 0, 0, 0, 1]);
    assert.equal(accuracy, 1);
  });

  it('knows what scores promised, which other inputs alone do not change', () => {
    const certain = rowsOf('binary', 20_000).map((row) => ({ ...row, score: row.score / 4 }));
    const { uniform: random } = createRandom(3);
    const rows = certain.map(({ score }) => ({ score, label: Number(random() < score) }));
    for (const some of [rows, rows.filter(({ score }) => score > 0.1)]) {
      const { excess, bias, rows: count } = tallyOf('binary', some);
      assert.ok(Math.abs(excess[0] / count) < 0.02 && Math.abs(bias[0] / count) < 0.01, String(excess[0] / count));
    }
  });
});
