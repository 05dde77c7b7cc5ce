import { createRandom } from '../../../../core/base/random.ts';
import { LEAST_GAIN } from '../../../../core/trees/engine.ts';
import { type LeafSums } from '../../../../core/trees/splits/leaf.ts';
import { bestSplit } from '../../../../core/trees/splits/splits.ts';
import { type TreeColumn } from '../../../../core/trees/table.ts';
import { loadKernel } from '../../../../workers/training/trees/kernel/load.ts';
import { kindOf } from '../../../../workers/training/trees/kernel/tasks.ts';
import assert from 'node:assert/strict';

const [LEAF, RULES, KEYS, FOUND, HISTOGRAM] = [65_536, 65_600, 65_664, 67_712, 67_776];
const value = (bins: number, direction: 'up' | 'down' | null): TreeColumn => ({
  kind: 'value',
  cuts: new Float32Array(bins - 2),
  direction,
});

describe('the best split of a column', () => {
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 65_536, shared: true });
  const kernel = loadKernel(memory);
  const [numbers, words] = [new Float64Array(memory.buffer), new Uint32Array(memory.buffer)];

  /** Sums of bins, some without rows, and of the leaf. */
  function leafOf(bins: number, seed: number) {
    const random = createRandom(seed);
    const sums = { rows: 0, gradient: 0, hessian: 0 };
    const histogram = new Float64Array(2 * bins);
    for (let bin = 0; bin < bins; bin++) {
      const rows = random.uniform() < 0.3 ? 0 : random.integer(3000);
      const [gradient, hessian] = [rows * 0.3 * random.normal(), rows * 0.2];
      histogram.set([gradient, hessian], 2 * bin);
      sums.rows += rows;
      sums.gradient += gradient;
      sums.hessian += hessian;
    }
    const bound = random.integer(3); // some leaves lie between values, or below one
    const [low, high] = bound === 0 ? [-0.05, 0.04] : [-Infinity, bound === 1 ? 0.02 : Infinity];
    return { histogram, leaf: { ...sums, l2: random.integer(3), low, high } };
  }

  function inKernel(column: TreeColumn, bins: number, histogram: Float64Array, leaf: LeafSums, l2: number) {
    numbers.set([leaf.rows, leaf.gradient, leaf.hessian, leaf.l2, leaf.low, leaf.high], LEAF / 8);
    numbers.set([20, 1e-3, l2], RULES / 8);
    numbers.set(histogram, HISTOGRAM / 8);
    kernel.split(kindOf(column), bins, HISTOGRAM, LEAF, RULES, KEYS, FOUND);
    const [gain, gradient, hessian, own] = numbers.slice(FOUND / 8, FOUND / 8 + 4);
    return gain === 0 ? null : { gain, set: words.slice(FOUND / 4 + 8, FOUND / 4 + 16), gradient, hessian, l2: own };
  }

  const columns: [string, (bins: number) => TreeColumn][] = [
    ['numbers', (bins) => value(bins, null)],
    ['numbers that only raise the output', (bins) => value(bins, 'up')],
    ['numbers that only lower it', (bins) => value(bins, 'down')],
    ['levels', (bins) => ({ kind: 'level', levels: bins - 1 })],
  ];
  for (const [name, columnOf] of columns)
    it(`has the bits of plain sums, of ${name}`, () => {
      let found = 0;
      for (let seed = 0; seed < 400; seed++) {
        const bins = [2, 4, 6, 60, 255][seed % 5]!;
        const { histogram, leaf } = leafOf(bins, seed);
        const rules = { minRows: 20, minHessian: 1e-3, l2: seed % 3 };
        const plain = bestSplit(columnOf(bins), { histogram, at: 0, bins }, leaf, rules, LEAST_GAIN);
        if (plain) found++;
        assert.deepEqual(inKernel(columnOf(bins), bins, histogram, leaf, rules.l2), plain, `seed ${seed}`);
      }
      assert.ok(found > 200, `${found} have a split`);
    });
});
