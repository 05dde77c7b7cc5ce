import { createRarely } from '../../../adapters/sources/rarely.ts';
import { DAY, SECOND } from '../../../core/time/time.ts';
import assert from 'node:assert/strict';

describe('what is found out rarely', () => {
  it('is remembered for a day if it took more than a second, by name', async () => {
    let now = 0;
    let found = 0;
    const rarely = createRarely<number | null>(() => now);
    const find = (name: string, takes: number, what: number | null = ++found) =>
      rarely(name, async () => ((now += takes), what));
    assert.deepEqual([await find('quick', SECOND), await find('quick', SECOND)], [1, 2]);
    assert.equal(await find('slow', 2 * SECOND, null), null);
    assert.equal(await find('slow', 2 * SECOND, 7), null, 'also that it could not be told');
    assert.equal(await find('other', 2 * SECOND, 8), 8);
    now += DAY;
    assert.equal(await find('slow', SECOND, 9), 9);
    assert.equal(await find('slow', SECOND, 10), 10, 'which is quick now');
  });
});
