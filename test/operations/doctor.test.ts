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
    const seen: string[] = [];
    const look = (signal: AbortSignal) => {
      seen.push('asked');
      signal.addEventListener('abort', () => seen.push('stopped'));
      return new Promise<never>(() => undefined);
    };
    const silent = Array.from({ length: 20 }, (_, i) => ({ name: String(i), look }));
    const found = await examine(silent, 50);
    assert.deepEqual(new Set(found.map(({ state }) => state)), new Set(['warning']));
    assert.match(found[0]!.found, /did not answer in 0\.05 s/);
    assert.match(found[0]!.fix!, /Try again/);
    assert.deepEqual(seen, [...silent.map(() => 'asked'), ...silent.map(() => 'stopped')], 'all at once');
  });

  it('fails when something indispensable does not answer', async () => {
    const [finding] = await examine([{ name: 'Postgres', needed: true, look: () => new Promise(() => undefined) }], 50);
    assert.deepEqual([finding!.state, finding!.found], ['failed', 'It did not answer in 0.05 s.']);
  });
});
