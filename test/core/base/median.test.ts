import { createRandom } from '../../../core/base/random.ts';
import { median } from '../../../core/base/median.ts';
import assert from 'node:assert/strict';

describe('the median', () => {
  it('is the middle of all numbers sorted, whatever their order and however many are the same', () => {
    const random = createRandom(1);
    for (let length = 1; length < 60; length++)
      for (const draw of [() => random.normal(), () => random.integer(3), () => 7]) {
        const numbers = Float64Array.from({ length: length }, draw);
        const sorted = numbers.toSorted();
        const half = sorted.length >> 1;
        const expected = sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
        assert.equal(median(numbers), expected);
      }
  });

  it('of no numbers is no number', () => assert.ok(Number.isNaN(median(new Float64Array(0)))));
});
