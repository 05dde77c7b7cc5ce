import { chooseWeights, type Said } from '../../../workers/training/ensemble/weights.ts';
import { sigmoid } from '../../../core/model/scorer.ts';
import { createRandom } from '../../../core/base/random.ts';
import assert from 'node:assert/strict';

const beat = async (): Promise<void> => {};

/** Members that see what decides a row with errors of these sizes, part of which all make. */
function said(sizes: number[], { rows = 2000, base = -2, shared = 0, seed = 1, kind = 'binary' as Said['kind'] } = {}): Said {
  const random = createRandom(seed);
  const labels = new Float64Array(rows);
  const members = sizes.map(() => new Float64Array(rows));
  for (let row = 0; row < rows; row++) {
    const truth = 1.5 * random.normal();
    const error = random.normal();
    labels[row] = kind === 'number' ? truth : random.uniform() < sigmoid(base + truth) ? 1 : 0;
    for (const [i, size] of sizes.entries()) {
      const seen = truth + size * (Math.sqrt(shared) * error + Math.sqrt(1 - shared) * random.normal());
      const guess = (2.25 / (2.25 + size ** 2)) * seen;
      members[i]![row] = kind === 'number' ? guess : sigmoid(base + guess);
    }
  }
  return { members, labels, kind };
} // prettier-ignore

describe('the weights of an average', () => {
  for (const kind of ['binary', 'number'] as const)
    it(`go to all models that err each in a way of its own, for a label of kind ${kind}`, async () => {
      const weights = await chooseWeights(said([1, 1, 1, 1], { kind }), 1, beat);
      assert.ok(weights.every((weight) => weight > 0), String(weights));
      assert.ok(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-9);
    }); // prettier-ignore

  it('follow what the gate compares: absolute errors go by the median of what is said, squared ones by the mean', async () => {
    const labels = Float64Array.from({ length: 300 }, (_, row) => (row % 3 === 0 ? 9 : 0));
    const members = [labels.map(() => 0), labels.map(() => 3)];
    const of = { members, labels, kind: 'number' as const };
    assert.deepEqual(await chooseWeights({ ...of, metric: 'mae' }, 1, beat), [1, 0]);
    assert.ok((await chooseWeights({ ...of, metric: 'rmse' }, 1, beat))[1]! > 0.9);
  });

  it('go to the best model alone where the others only add errors', async () => {
    const weights = await chooseWeights(said([0.4, 2, 2.5], { rows: 5000, shared: 0.5 }), 1, beat);
    assert.deepEqual(weights, [1, 0, 0]);
  });

  it('are not those of one lucky model when positives are few', async () => {
    for (let seed = 1; seed <= 3; seed++) {
      const of = said([1, 1, 1, 1, 1], { rows: 1200, base: -5, seed });
      const weights = await chooseWeights(of, 1, beat);
      assert.ok(weights.filter((weight) => weight > 0).length >= 3, String(weights));
    }
  });

  it('are those of eight models at most', async () => {
    const weights = await chooseWeights(said(new Array<number>(14).fill(1), { rows: 800 }), 1, beat);
    assert.ok(weights.filter((weight) => weight > 0).length <= 8, String(weights));
  });
});
