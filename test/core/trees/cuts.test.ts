import { createRandom } from '../../../core/base/random.ts';
import { binOf, cutsOf, MOST_BINS } from '../../../core/trees/cuts.ts';
import assert from 'node:assert/strict';

describe('the bins of a column of numbers', () => {
  it('are one for each value of a column with few, and one for nulls', () => {
    const cuts = cutsOf(Float32Array.of(1, 1, 1, NaN, 2, 2, 2, 10, 10, 10));
    assert.deepEqual([...cuts], [1.5, 6]);
    assert.deepEqual(
      [NaN, -5, 1, 1.5, 1.6, 2, 6, 7, 1e30].map((value) => binOf(cuts, value)),
      [0, 1, 1, 1, 2, 2, 2, 3, 3],
    );
  });

  it('hold about the same number of rows each where there are many values, whatever their scale', () => {
    const random = createRandom(1);
    const values = Float32Array.from({ length: 50_800 }, () => Math.exp(random.normal(0, 3)));
    const cuts = cutsOf(values);
    const counts = new Array<number>(MOST_BINS + 1).fill(0);
    for (const value of values) counts[binOf(cuts, value)]!++;
    assert.equal(counts[0], 0);
    for (const count of counts.slice(1)) assert.ok(count > 150 && count < 250, `${count}`);
  });

  it('give a value that many rows have a bin of its own', () => {
    const random = createRandom(2);
    const values = Float32Array.from({ length: 10_000 }, (_, i) => (i % 2 ? 0 : random.normal()));
    const cuts = cutsOf(values);
    assert.ok(cuts.length > 200 && cuts.length < MOST_BINS);
    const own = binOf(cuts, 0);
    assert.ok(values.every((value) => (binOf(cuts, value) === own) === (value === 0)));
  });

  it('end between neighbouring Float32 numbers, so that a compared value falls where a binned one fell', () => {
    const next = (value: number): number => {
      const bits = new Uint32Array(Float32Array.of(value).buffer);
      bits[0]!++;
      return new Float32Array(bits.buffer)[0]!;
    };
    const [low, high] = [16_777_216, next(16_777_216)];
    const cuts = cutsOf(Float32Array.of(low, low, low, high, high, high, Infinity, Infinity, Infinity));
    assert.equal(cuts.length, 2);
    assert.deepEqual(
      [low, high, Infinity].map((value) => binOf(cuts, value)),
      [1, 2, 3],
    );
    assert.ok(low <= cuts[0]! && high > cuts[0]!);
  });

  it('are none but that of nulls and one more for a constant column, or one without values', () => {
    assert.equal(cutsOf(new Float32Array(100).fill(3)).length, 0);
    assert.equal(cutsOf(new Float32Array(100).fill(NaN)).length, 0);
    assert.equal(cutsOf(new Float32Array(0)).length, 0);
  });
});
