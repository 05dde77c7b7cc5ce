import { analyticsOf } from '../../../support/data/training-data.ts';
import { LABEL } from '../../../../core/data/data.ts';
import { createEncoder } from '../../../../core/model/preprocessing.ts';
import { createRandom } from '../../../../core/base/random.ts';
import { shuffledBatches } from '../../../../workers/training/network/batches.ts';
import { splitReader } from '../../../../workers/training/reading.ts';
import assert from 'node:assert/strict';

const ROWS = 40_000; // more than are mixed at a time, and no multiple of a batch

/** Rows numbered by x, from -10 to 10, with a label that x tells. */
async function epoch(seed: number): Promise<{ order: number[]; sizes: number[]; mislabelled: number }> {
  const x = Array.from({ length: ROWS }, (_, row) => (row / ROWS) * 20 - 10);
  const chunk = { rows: ROWS, columns: { x, [LABEL]: x.map((value) => (value > 0 ? 1 : 0)) } };
  const plain = { kind: 'number', column: 'x', transform: 'identity', median: 0, mean: 0, deviation: 1 } as const;
  const encoder = createEncoder([{ ...plain, flagMissing: false }]);
  const reader = splitReader(analyticsOf({ train: chunk }), 'file', ['x']);
  const seen = { order: [] as number[], sizes: [] as number[], mislabelled: 0 };
  for await (const batch of shuffledBatches(reader, encoder, 300, createRandom(seed), null)) {
    seen.sizes.push(batch.rows);
    for (let row = 0; row < batch.rows; row++) {
      const value = batch.inputs[row]!;
      seen.order.push(Math.round(((value + 10) / 20) * ROWS));
      if (value > 0 !== (batch.labels[row] === 1)) seen.mislabelled++;
    }
  }
  return seen;
}

describe('batches of an epoch', () => {
  it('hold every row once, with its label, in full batches but for the last', async () => {
    const { order, sizes, mislabelled } = await epoch(1);
    assert.deepEqual(
      [...order].sort((a, b) => a - b),
      Array.from({ length: ROWS }, (_, row) => row),
    );
    assert.equal(mislabelled, 0);
    assert.deepEqual(new Set(sizes.slice(0, -1)), new Set([300]));
    assert.equal(sizes.at(-1), ROWS % 300);
  });

  it('come in another order for another seed, and in the same for the same', async () => {
    const [one, again, other] = [await epoch(1), await epoch(1), await epoch(2)];
    assert.deepEqual(again.order, one.order);
    assert.notDeepEqual(other.order, one.order);
    assert.notDeepEqual(
      one.order.slice(0, 300).sort((a, b) => a - b),
      Array.from({ length: 300 }, (_, row) => row),
    );
  });
});
