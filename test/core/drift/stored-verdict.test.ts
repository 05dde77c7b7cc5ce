import { readVerdict } from '../../../core/drift/stored-verdict.ts';
import type { Verdict } from '../../../core/drift/verdict.ts';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

describe('a verdict that an earlier release stored', () => {
  const file = new URL('../../golden/verdicts/before-distances.json', import.meta.url);
  const stored = JSON.parse(readFileSync(file, 'utf8')) as Verdict;
  const read = readVerdict(stored);
  const the = (name: string) => read.columns.find(({ column }) => column === name);

  it('keeps every number that it had, under its distance', () => {
    assert.deepEqual(the('amount'), {
      column: 'amount',
      kind: 'number',
      distances: {
        psi: { value: 0.21373764344638888, samplingError: 0.005639659201454681, p: null },
        chiSquared: { value: null, samplingError: null, p: 2.5117867933592382e-146 },
        ks: { value: 0.1853333333333334, samplingError: 0.02479542785176982, p: 6.266004328724516e-90 },
        jensenShannon: { value: 0.19390866732110795, samplingError: null, p: null },
      },
      nullShare: { reference: 0, current: 0 },
      mean: { reference: 57.08852, current: 122.232235 },
      drifted: true,
      votes: true,
      weight: 2,
    });
  });

  it('has no KS for levels, and covers the score too', () => {
    assert.deepEqual(Object.keys(the('merchant')!.distances), ['psi', 'chiSquared', 'jensenShannon']);
    assert.equal(typeof read.score?.distances.ks?.value, 'number');
  });

  it('is otherwise unchanged, also when it is read again', () => {
    const { columns, score } = read;
    assert.deepEqual(read, { ...stored, columns, score });
    assert.deepEqual(readVerdict(read), read);
    assert.equal(readVerdict({ ...stored, score: null }).score, null);
  });
});
