import { createRandom } from '../../../core/base/random.ts';
import { evidenceOfOtherShares } from '../../../core/sequential/multinomial.ts';
import { golden, near } from './golden.ts';
import assert from 'node:assert/strict';

describe('evidence that arms do not get their shares', () => {
  const armsOf = (counts: readonly number[], shares: readonly number[]) =>
    counts.map((count, i) => ({ count, share: shares[i]! }));

  it("equals scipy's for the Dirichlet mixture", () => {
    for (const { counts, shares, log } of golden.otherShares)
      near(evidenceOfOtherShares(armsOf(counts, shares)), log, 1e-8);
  });

  it('raises a false alarm in at most one of twenty experiments, looked at after every request', () => {
    const shares = [0.9, 0.05, 0.05];
    const alarms = Array.from({ length: 200 }, (_, seed) => createRandom(seed)).filter(
      (random) => firstAlarm(random, shares, shares, 4000) !== null,
    );
    assert.ok(alarms.length <= 10, `${alarms.length} of 200`);
  });

  it('detects an arm that gets a tenth too few within some ten thousand requests', () => {
    const found = Array.from({ length: 20 }, (_, seed) =>
      firstAlarm(createRandom(seed), [0.5, 0.5], [0.55, 0.45], 10_000),
    );
    assert.ok(found.every((requests) => requests !== null));
  });
});

/** After how many requests the evidence reaches 20. */
function firstAlarm(
  random: ReturnType<typeof createRandom>,
  shares: readonly number[],
  real: readonly number[],
  requests: number,
): number | null {
  const arms = shares.map((share) => ({ count: 0, share }));
  for (let i = 1; i <= requests; i++) {
    let left = random.uniform();
    const arm = real.findIndex((share) => (left -= share) < 0);
    arms[Math.max(arm, 0)]!.count++;
    if (evidenceOfOtherShares(arms) >= Math.log(20)) return i;
  }
  return null;
}
