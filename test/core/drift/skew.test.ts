import { type Row } from '../../../core/data/data.ts';
import { createSkewCount } from '../../../core/drift/skew.ts';
import assert from 'node:assert/strict';

const AT = '2026-03-01T00:00:00.000Z';
const served = (key: string, row: Row, time = AT) => ({ key, time, row });

describe('served rows and those of the source', () => {
  const skewOf = (rows: ReturnType<typeof served>[]) => {
    const count = createSkewCount(rows, ['amount', 'device']);
    const [keys, amounts, devices] = [
      ['1', '2', '3'],
      [10.1, 20, null],
      ['web', 'phone', 'web'],
    ];
    const own = { _key: keys!, _time: [AT, AT, AT].map((time) => Date.parse(time)) };
    count.add({ rows: 3, columns: { amount: amounts!, device: devices! }, own });
    return count.skew('s');
  };

  it('are compared where key and time are the same, column by column', () => {
    const rows = [served('1', { amount: 10.1, device: 'web' }), served('2', { amount: 21, device: 'phone' })];
    assert.deepEqual(skewOf(rows), { snapshot: 's', rows: 2, unequal: [{ column: 'amount', share: 0.5 }] });
  });

  it('are equal within single precision, and a missing value equals null', () => {
    const rows = [served('1', { amount: Math.fround(10.1), device: 'web' }), served('3', { device: 'web' })];
    assert.deepEqual(skewOf(rows), { snapshot: 's', rows: 2, unequal: [] });
    assert.deepEqual(skewOf([served('1', { device: 'web' })]).unequal, [{ column: 'amount', share: 1 }]);
  });

  it('are not compared at another time of the same key, or without a key in common', () => {
    const later = '2026-03-02T00:00:00.000Z';
    const rows = [served('1', { amount: 5, device: 'tv' }, later), served('9', { amount: 5, device: 'tv' })];
    assert.deepEqual(skewOf(rows), { snapshot: 's', rows: 0, unequal: [] });
  });
});
