import { createRandom } from '../../../core/base/random.ts';
import { curvesOf } from '../../../core/metrics/curves.ts';
import { decidedAt, decidedKinds, decidedNames } from '../../../core/metrics/decided/index.ts';
import { errorsOf } from '../../../core/metrics/errors/index.ts';
import { studentQuantile } from '../../../core/metrics/student.ts';
import { fair, isNear, labels } from './labelled.ts';
import assert from 'node:assert/strict';

const blocks = labels.map((_, i) => Math.floor(i / 5));

describe('decisions at a threshold', () => {
  const { counts, measures } = decidedAt(0.5, { scores: fair, labels, blocks });

  it("are counted and measured as scikit-learn's", () => {
    // p = (s >= 0.5).astype(int); confusion_matrix(y, p); accuracy_score(y, p), balanced_accuracy_score, precision_score,
    // recall_score, recall_score(y, p, pos_label=0), f1_score, matthews_corrcoef
    assert.deepEqual(counts, { truePositives: 122, falsePositives: 103, falseNegatives: 60, trueNegatives: 215 });
    const expected = [
      0.674, 0.6732151496302439, 0.5422222222222223, 0.6703296703296703, 0.6761006289308176, 0.5995085995085995,
      0.33504837582684477,
    ];
    for (const [i, name] of decidedNames.entries()) assert.ok(isNear(measures[name]!.value, expected[i]!), name);
  });

  it('have intervals as wide as leaving out one block after another says', () => {
    for (const name of decidedNames) {
      const without = Array.from({ length: 100 }, (_, block) => {
        const kept = (of: readonly number[]): number[] => of.filter((_, i) => blocks[i] !== block);
        return decidedAt(0.5, { scores: kept(fair), labels: kept(labels), blocks: kept(blocks) }).measures[name]!.value;
      });
      const mean = without.reduce((sum, each) => sum + each, 0) / 100;
      const error = Math.sqrt((99 / 100) * without.reduce((sum, each) => sum + (each - mean) ** 2, 0));
      const { low, high } = measures[name]!;
      assert.ok(Math.abs((high - low) / 2 / (error * studentQuantile(0.975, 99)) - 1) < 0.02, name);
    }
  });

  it('leave out what is undefined, and know nothing from one block', () => {
    const none = decidedAt(0.9, { scores: [0.1, 0.2], labels: [0, 0], blocks: [1, 1] });
    assert.deepEqual(Object.keys(none.measures), ['accuracy', 'specificity']);
    assert.deepEqual(none.measures.accuracy, { value: 1, low: 0, high: 1, level: 0.95 });
    assert.equal(
      decidedKinds.f1.of({ truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 3 }),
      null,
    );
  });
});

describe('curves', () => {
  it('have the area and the ends of the whole, in a hundred points or so', () => {
    const random = createRandom('curves');
    const scores = Float64Array.from({ length: 20_000 }, () => random.uniform());
    const rare = scores.map((score) => (random.uniform() < 0.02 * score ** 3 ? 1 : 0));
    // auc(*roc_curve(y, s)[:2])
    for (const [of, theirs, area] of [[fair, labels, 0.8597000483792936], [scores, rare, null]] as const) {
      const { roc, precisionRecall } = curvesOf(of, theirs)!;
      assert.ok(roc.length > 60 && roc.length < 220 && precisionRecall.length === roc.length - 1, `${roc.length}`);
      assert.deepEqual([roc[0], roc.at(-1)], [[0, 0], [1, 1]]);
      const trapezes = roc.slice(1).map(([x, y], i) => ((x - roc[i]![0]) * (y + roc[i]![1])) / 2);
      if (area) assert.ok(isNear(trapezes.reduce((sum, each) => sum + each, 0), area, 0.005));
    }
    assert.equal(curvesOf([0.1, 0.2], [1, 1]), null);
  }); // prettier-ignore
});

describe('errors of estimates', () => {
  const actual = labels.map((label) => 3 * label + 2);
  const estimates = fair.map((score) => score + 1);
  const measured = errorsOf({ scores: estimates, labels: actual, blocks });

  it("are scikit-learn's, by the median and as shares", () => {
    // l = y*3 + 2; e = s + 1; median_absolute_error(l, e), mean_absolute_percentage_error(l, e),
    // np.mean(2*abs(e-l) / (abs(e)+abs(l)))
    assert.ok(isNear(measured.medianAbsoluteError!.value, 0.8874103655337259));
    assert.ok(isNear(measured.mape!.value, 0.453121821255757));
    assert.ok(isNear(measured.smape!.value, 0.6223339585550717));
  });

  it('have no share of a label of 0', () => {
    const { mape, smape } = errorsOf({ scores: [0, 1, 2], labels: [0, 1, 1], blocks: [0, 1, 2] });
    assert.equal(mape, undefined);
    assert.ok(isNear(smape!.value, 2 / 9));
    assert.deepEqual(errorsOf({ scores: [], labels: [], blocks: [] }), {});
  });

  it('are left out where all rows are of one day, and no share goes beyond what it can be', () => {
    assert.deepEqual(errorsOf({ scores: [1, 2], labels: [2, 3], blocks: [7, 7] }), {});
    const { smape } = errorsOf({ scores: [-1, 5, -1], labels: [1, 5, 1], blocks: [0, 1, 2] });
    assert.equal(smape!.high, 2);
  });

  it('have intervals that hold the truth in about 95 of 100 experiments', () => {
    const [trials, held] = [200, { medianAbsoluteError: 0, mape: 0 }];
    const random = createRandom('errors');
    for (let trial = 0; trial < trials; trial++) {
      const [labels, scores, blocks]: number[][] = [[], [], []];
      for (let block = 0; block < 20; block++)
        for (let row = 0; row < 30; row++) {
          labels!.push(10);
          scores!.push(10 + random.normal());
          blocks!.push(block);
        }
      const found = errorsOf({ scores: scores!, labels: labels!, blocks: blocks! });
      // scipy.stats.norm.ppf(0.75), and sqrt(2 / pi) / 10
      for (const [name, truth] of [['medianAbsoluteError', 0.6744897501960817], ['mape', 0.07978845608028655]] as const)
        if (found[name]!.low <= truth && truth <= found[name]!.high) held[name]++;
    }
    for (const [name, count] of Object.entries(held)) assert.ok(count >= 0.91 * trials, `${name}: ${count} of ${trials}`);
  }); // prettier-ignore
});
