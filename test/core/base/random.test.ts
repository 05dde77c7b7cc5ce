import { createRandom } from '../../../core/base/random.ts';
import assert from 'node:assert/strict';

const draw = (seed: number | string, count: number): number[] => {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => random.uniform());
};

describe('seeded random numbers', () => {
  it('are those of sfc32, for ever', () => {
    // A dozen lines of Python integers made these: sum = a + b + k; k += 1; a = b ^ b >> 9; b = c + (c << 3);
    // c = rotl(c, 21) + sum, all modulo 2^32, from a = 0, b = seed % 2^32, c = seed >> 32, k = 1; the first 12 are dropped.
    assert.deepEqual(
      draw(1, 5).map((x) => x * 2 ** 32),
      [2012149540, 1872316204, 1707632675, 1779833415, 2026416846],
    );
    assert.deepEqual(draw(2 ** 40 + 7, 3), [0.37596396170556545, 0.5923749781213701, 0.6615108198020607]);
  });

  it('are the same for the same seed, and different for another', () => {
    assert.deepEqual(draw('2026-01-03', 20), draw('2026-01-03', 20));
    assert.notDeepEqual(draw('2026-01-03', 20), draw('2026-01-04', 20));
    assert.notDeepEqual(draw(1, 20), draw(2, 20));
  });

  it('refuse a seed that would be truncated to another', () => {
    assert.throws(() => createRandom(0.5), /whole number, not 0.5/);
  });

  it('fill the interval evenly', () => {
    const counts = Array.from({ length: 10 }, () => 0);
    for (const x of draw(3, 100_000)) counts[Math.floor(x * 10)]!++;
    for (const count of counts) assert.ok(Math.abs(count - 10_000) < 4 * 95, `${count} of 10,000 expected`);
  });

  it('have the mean, the deviation and the tails of the normal distribution', () => {
    const random = createRandom(4);
    const values = Array.from({ length: 100_000 }, () => random.normal(5, 2));
    const mean = values.reduce((sum, x) => sum + x) / values.length;
    const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
    const outside = values.filter((x) => Math.abs(x - 5) > 1.959964 * 2).length / values.length;
    assert.ok(Math.abs(mean - 5) < 0.02, `mean ${mean}`);
    assert.ok(Math.abs(variance - 4) < 0.08, `variance ${variance}`);
    assert.ok(Math.abs(outside - 0.05) < 0.003, `share outside the 95 % interval ${outside}`);
  });

  it('shuffle without loss, with every order equally likely', () => {
    const random = createRandom(5);
    const orders = new Map<string, number>();
    for (let i = 0; i < 6_000; i++) {
      const order = random.shuffle(['a', 'b', 'c']).join('');
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    assert.deepEqual([...orders.keys()].sort(), ['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
    for (const times of orders.values()) assert.ok(Math.abs(times - 1000) < 130, `${times} of 1,000 expected`);
  });

  it('pick from a list, and report an empty one', () => {
    const random = createRandom(6);
    assert.deepEqual([...new Set(Array.from({ length: 50 }, () => random.pick(['x', 'y'])))].sort(), ['x', 'y']);
    assert.throws(() => random.pick([]), /empty list/);
  });
});
