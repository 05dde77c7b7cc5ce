import { ok } from '../../core/runs/doctor.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { examine } from '../../operations/doctor.ts';
import assert from 'node:assert/strict';

describe('a look at everything', () => {
  it('reports the result of each check, in order', async () => {
    const found = await examine([
      { name: 'one', look: async () => ok('well') },
      { name: 'two', look: () => Promise.reject(new UserError('NO_WORKER', 'No worker runs. Start one.')) },
    ]);
    assert.deepEqual(found, [
      { check: 'one', state: 'ok', found: 'well', fix: null },
      { check: 'two', state: 'failed', found: 'No worker runs. Start one.', fix: null },
    ]);
  });

  it('waits for no check that does not answer, and reports it as late, not as wrong', async () => {
    const stopped: boolean[] = [];
    const look = (signal: AbortSignal) => {
      signal.addEventListener('abort', () => stopped.push(true));
      return new Promise<never>(() => undefined);
    };
    const silent = Array.from({ length: 20 }, (_, i) => ({ name: String(i), look }));
    const began = performance.now();
    const found = await examine(silent, 50);
    assert.ok(performance.now() - began < 1_000, 'all at once');
    assert.deepEqual(new Set(found.map(({ state }) => state)), new Set(['warning']));
    assert.match(found[0]!.found, /did not answer in 0\.05 s/);
    assert.match(found[0]!.fix!, /Try again/);
    assert.equal(stopped.length, 20);
  });

  it('fails when something indispensable does not answer', async () => {
    const [finding] = await examine([{ name: 'Postgres', needed: true, look: () => new Promise(() => undefined) }], 50);
    assert.deepEqual([finding!.state, finding!.found], ['failed', 'It did not answer in 0.05 s.']);
  });
});
