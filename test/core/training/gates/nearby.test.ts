import { createNearby, medianNearby } from '../../../../core/training/gates/nearby.ts';
import assert from 'node:assert/strict';

describe('what rows near in time say', () => {
  // Rows in any order: at 0, 1, 1 and 4, of which the second and the last are of one block.
  const rows = {
    times: Float64Array.of(4, 0, 1, 1),
    values: Float64Array.of(8, 2, 4, 6),
    blocks: Float64Array.of(7, 5, 7, 6),
  };

  it('is their mean by distance, without rows of the own block, drawn towards nothing', () => {
    const [far, near] = [Math.exp(-4 / 2), Math.exp(-1 / 2)];
    const three = Math.exp(-3 / 2);
    const expected = [
      (1 + 2 * far + 6 * three) / (1 + far + three),
      (1 + 4 * near + 6 * near + 8 * far) / (1 + 2 * near + far),
      (1 + 2 * near + 6) / (2 + near),
      (1 + 2 * near + 4 + 8 * three) / (2 + near + three),
    ];
    for (const [row, said] of createNearby(rows)(2 / 4)(rows.values, 1).entries())
      assert.ok(Math.abs(said - expected[row]!) < 1e-12);
  });

  it('is nothing where no other block has rows', () => {
    assert.deepEqual([...createNearby({ ...rows, blocks: new Float64Array(4) })(2 / 4)(rows.values, 1)], [1, 1, 1, 1]);
  });

  it('is, as a median, the first label that half of them lie below or at, by distance', () => {
    // Of the row at 4: 2 counts 0.14, 6 counts 0.22 and nothing 1, which is a quarter for each label: half is 0.68, which
    // 2 and 4 are too little for with 0.64.
    assert.deepEqual([...medianNearby(rows.values, createNearby(rows)(2 / 4))], [6, 6, 6, 4]);
  });
});
