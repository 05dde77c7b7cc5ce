import { analyticsOf } from '../../../support/data/training-data.ts';
import { LABEL } from '../../../../core/data/data.ts';
import { createRandom } from '../../../../core/base/random.ts';
import { encodeSplit } from '../../../../workers/training/rows/encoded-split.ts';
import { recordsIn } from '../../../../workers/training/rows/records.ts';
import { shuffledBatches } from '../../../../workers/training/rows/shuffled-batches.ts';
import { splitReader } from '../../../../workers/training/reading.ts';
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROWS = 10_000; // no multiple of a batch
const POOL = 4_096; // fewer than there are

/** Rows numbered by x, from -10 to 10, with a label that x tells. */
async function epoch(seed: number): Promise<{ order: number[]; sizes: number[]; mislabelled: number }> {
  const x = Array.from({ length: ROWS }, (_, row) => (row / ROWS) * 20 - 10);
  const chunk = { rows: ROWS, columns: { x, [LABEL]: x.map((value) => (value > 0 ? 1 : 0)) } };
  const plain = { kind: 'number', column: 'x', transform: 'identity', median: 0, mean: 0, deviation: 1 } as const;
  const reader = splitReader(analyticsOf({ train: chunk }), 'file', ['x']);
  const folder = await mkdtemp(join(tmpdir(), 'perennial-batches-'));
  const split = await encodeSplit(folder, 'train', reader, [{ ...plain, flagMissing: false }], null, async () => {});
  const pool = recordsIn(new ArrayBuffer(POOL * 8), 0, POOL, split.layout);
  const seen = { order: [] as number[], sizes: [] as number[], mislabelled: 0 };
  for await (const places of shuffledBatches(split, pool, POOL, 300, createRandom(seed))) {
    seen.sizes.push(places.length);
    for (const place of places) {
      const [label, value] = pool.numbers.subarray(place * 2, place * 2 + 2) as unknown as [number, number];
      seen.order.push(Math.round(((value + 10) / 20) * ROWS));
      if (value > 0 !== (label === 1)) seen.mislabelled++;
    }
  }
  await split.close();
  assert.deepEqual(await readdir(folder), []);
  await rm(folder, { recursive: true });
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
