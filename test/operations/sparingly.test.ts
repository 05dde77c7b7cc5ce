import { sparingly } from '../../operations/sparingly.ts';
import assert from 'node:assert/strict';

describe('a long count', () => {
  let machine: number;
  let counts: ((answer: number | Error) => void)[];
  let ask: () => Promise<number>;
  beforeEach(() => {
    machine = 0;
    counts = [];
    const count = () =>
      new Promise<number>((resolve, reject) =>
        counts.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer))),
      );
    const counted = sparingly(count, () => machine);
    ask = () => counted('fraud');
  });

  it('is made once for all callers, and rests before the next', async () => {
    const both = Promise.all([ask(), ask()]);
    machine = 400;
    counts[0]!(1_000_000);
    assert.deepEqual(await both, [1_000_000, 1_000_000]);
    machine = 8_000;
    assert.equal(await ask(), 1_000_000);
    assert.equal(counts.length, 1);
    machine = 8_400;
    const later = ask();
    counts[1]!(1_000_100);
    assert.equal(await later, 1_000_100);
  });

  it('is repeated at once when it failed', async () => {
    const first = ask();
    counts[0]!(new Error('the database is away'));
    await assert.rejects(first, /away/);
    const second = ask();
    counts[1]!(3);
    assert.equal(await second, 3);
  });
});
