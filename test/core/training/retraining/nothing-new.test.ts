import { recipesOf, repeats, type EndedTraining } from '../../../../core/training/retraining/nothing-new.ts';
import type { Candidate } from '../../../../core/recipes/index.ts';
import { aPipeline } from '../../../reports/fixtures.ts';
import type { Part } from '../../../../core/data/data.ts';
import assert from 'node:assert/strict';

const MATURE = '2026-03-01T00:00:00.000Z';
const declaration = {
  retraining: {},
  label: { maturesAfter: '7 days' },
  source: { lateness: '1 hour' },
} as Parameters<typeof repeats>[3];

const aPart = (to: string, sha256 = to, rows = 10, kind: Part['kind'] = 'rows') => ({ kind, to, sha256, rows }) as Part;
const aSnapshot = (id: string, asOf: string, ...parts: Part[]) => ({ id, asOf, parts });
const taken = aSnapshot('s1', '2026-03-10T00:00:00.000Z', aPart(MATURE), aPart(MATURE, 'facts', 4, 'labels'));
const earlier: EndedTraining = {
  cycle: 'c1',
  reason: 'schedule',
  revision: 'r1',
  recipes: 'of now',
  snapshot: 's1',
  champion: 1,
  version: 2,
  outcome: { result: 'refused', reason: 'the champion is as good' },
};
const next = { reason: 'schedule', revision: 'r1', recipes: 'of now', champion: 1, snapshot: taken } as const;

describe('a training', () => {
  it('repeats the last one on the same snapshot, and once that one serves', () => {
    assert.ok(repeats(next, earlier, taken, declaration));
    const promoted = { ...earlier, outcome: { result: 'promoted', reason: '' } } as const;
    assert.ok(repeats({ ...next, champion: 2 }, promoted, taken, declaration));
  });

  for (const [what, changes, before] of [
    ['another declaration or recipe', { revision: 'r2' }, {}],
    ['another release, or other recipes by default', { recipes: 'of a later release' }, {}],
    ['a training of a release that did not note what learnt', {}, { recipes: null }],
    ['another champion', { champion: 7 }, {}],
    ['drift', { reason: 'drift' }, {}],
    ['a training after drift that its own gate refused', {}, { reason: 'drift' }],
    ['a training that failed', {}, { outcome: { result: 'failed', reason: '' } }],
  ] as const)
    it(`is worth it after ${what}`, () => {
      assert.ok(!repeats({ ...next, ...changes }, { ...earlier, ...before }, taken, declaration));
    });

  it('is by the same recipes while the candidates with all defaults are the same', () => {
    const { candidates } = aPipeline();
    assert.equal(recipesOf({ candidates: structuredClone(candidates) }), recipesOf({ candidates }));
    const [first, ...others] = candidates as [Candidate, ...Candidate[]];
    assert.notEqual(recipesOf({ candidates: [Object.assign({ byDefault: 1 }, first), ...others] }), recipesOf({ candidates })); // prettier-ignore
  });

  it('repeats the last one on a later snapshot without a new row, unless labels have matured or a window moved on', () => {
    const later = (...parts: Part[]) => ({ ...next, snapshot: aSnapshot('s2', '2026-03-11T00:00:00.000Z', ...parts) });
    const empty = aPart('2026-03-11T00:00:00.000Z', 'empty', 0);
    assert.ok(repeats(later(empty, ...taken.parts), earlier, taken, declaration));
    const more = aPart('2026-03-02T00:00:00.000Z');
    assert.ok(!repeats(later(...taken.parts, more), earlier, taken, declaration));
    const young = aSnapshot('s1', '2026-03-08T00:00:00.000Z', ...taken.parts);
    assert.ok(!repeats(later(...taken.parts), earlier, young, declaration));
    const window = { ...declaration, retraining: { window: '30 days' } } as typeof declaration;
    assert.ok(!repeats(later(...taken.parts), earlier, taken, window));
  });
});
