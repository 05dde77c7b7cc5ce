import { createTallies } from '../../../../adapters/postgres/rollout/tallies.ts';
import { bucketOf, emptyTally, type Tally, timeBounds } from '../../../../core/rollout/evidence/tally.ts';
import { perennialDatabase } from '../../../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';

describe('tallies of what servers answered', () => {
  const database = perennialDatabase();
  const tallies = () => createTallies(database());
  const tally = (units: number): Tally => ({
    ...emptyTally(),
    rows: 2 * units,
    units,
    failed: 1,
    scores: { count: units, sum: units / 2, squares: units / 4 },
  });
  const arm = (version: number, units: number, generation = 2) => ({
    pipeline: 'fraud',
    generation,
    version,
    tally: tally(units),
  });

  it('add up over servers, and count no total of one server twice', async () => {
    await tallies().record('a/1', [arm(1, 5), arm(2, 1)]);
    await tallies().record('a/1', [arm(1, 9), arm(2, 2)]);
    await tallies().record('b/1', [arm(1, 10)]);
    await tallies().record('b/1', [arm(1, 100, 3)]);

    const [champion, challenger, ...others] = await tallies().of('fraud', 2);
    assert.equal(others.length, 0);
    assert.deepEqual(
      [champion!.version, champion!.tally.units, champion!.tally.failed, champion!.tally.scores.sum],
      [1, 19, 2, 9.5],
    );
    assert.deepEqual(challenger, arm(2, 2));
  });

  it('have time buckets that end at their bounds', () => {
    assert.equal(bucketOf(0), 0);
    for (const [i, bound] of timeBounds.entries())
      assert.deepEqual([bucketOf(bound), bucketOf(bound * 1.001)], [i, i + 1]);
    assert.equal(bucketOf(1e9), timeBounds.length);
  });
});
