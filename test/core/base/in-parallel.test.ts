import { inParallel } from '../../../core/base/in-parallel.ts';
import assert from 'node:assert/strict';

describe('work in parallel', () => {
  it('returns the results in the order of the items, however long each takes', async () => {
    const letGo: (() => void)[] = [];
    const work = (item: number): Promise<number> =>
      new Promise((resolve) => {
        letGo.push(() => resolve(item * 10));
        if (letGo.length === 3) letGo.reverse().forEach((go) => go());
      });
    assert.deepEqual(await inParallel(3, [1, 2, 3], work), [10, 20, 30]);
  });

  it('starts no more after a failure, and rejects with it once everything started has ended', async () => {
    const begun: string[] = [];
    let ended = false;
    const work = async (item: string): Promise<void> => {
      begun.push(item);
      if (item === 'fails') throw new Error('the first');
      await new Promise(setImmediate);
      ended = true;
      throw new Error('a later one');
    };
    await assert.rejects(inParallel(2, ['continues', 'fails', 'never begun'], work), { message: 'the first' });
    assert.equal(ended, true);
    assert.deepEqual(begun, ['continues', 'fails']);
  });

  it('starts no more once it is aborted', async () => {
    const stop = new AbortController();
    const begun: number[] = [];
    const work = async (item: number): Promise<void> => {
      begun.push(item);
      stop.abort();
    };
    await assert.rejects(inParallel(1, [1, 2], work, stop.signal), { name: 'AbortError' });
    assert.deepEqual(begun, [1]);
  });
});
