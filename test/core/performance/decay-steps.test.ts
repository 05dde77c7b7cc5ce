import { createRandom } from '../../../core/base/random.ts';
import { judgeDecay, type Concept } from '../../../core/performance/decay.ts';
import { type TallyOfDay } from '../../../core/performance/performance-days.ts';
import { emptyTally } from '../../../core/performance/tally.ts';
import { DAY, instant } from '../../../core/time/time.ts';
import assert from 'node:assert/strict';

interface World {
  seed: number;
  holdoutDays?: number;
  rows?: number;
  /** How much means of days differ. */
  unrest?: number;
  /** The loss beyond what scores promise, by day since the version serves. */
  excess?: (day: number) => number;
}

const FIRST = 20_000;
const DEVIATION = 0.3;
const BEARABLE = 0.005;

/** The holdout and so many days after it, whose losses differ between rows by far more than between days. */
function serve(days: number, { seed, holdoutDays = 2, rows = 4_000, unrest = 0.002, excess = () => 0.01 }: World) {
  const { normal } = createRandom(seed);
  const all = Array.from({ length: holdoutDays + days }, (_, place): TallyOfDay => {
    const isHoldout = place < holdoutDays;
    const count = isHoldout ? 1_000 : rows;
    const mean = (isHoldout ? 0.01 : excess(place - holdoutDays)) + unrest * normal();
    const sums = [count * mean, count * (DEVIATION ** 2 + mean ** 2)] as const;
    const tally = { ...emptyTally(), rows: count, loss: [...sums], excess: [...sums] } as TallyOfDay['tally'];
    tally.bias = [count * 0.001 * normal(), count * 0.01];
    return { day: instant((FIRST + place) * DAY), tally };
  });
  return { holdout: all.slice(0, holdoutDays), live: all.slice(holdoutDays) };
}

/** What the check of a day finds, from the first and the newest days. */
function judge({ holdout, live }: ReturnType<typeof serve>, day: number): Concept | null {
  const newest = Math.max(0, day - 29);
  const known = [...live.slice(0, Math.min(28, newest)), ...live.slice(newest, day + 1)];
  return judgeDecay({ kind: 'binary', holdout: { days: holdout, bearable: { excess: BEARABLE, bias: BEARABLE } }, live: known }); // prettier-ignore
}

const fallsOn =
  (day: number, to = 0.08) =>
  (at: number) =>
    at >= day ? to : 0.01;

describe('a step of the loss', () => {
  it('is found within days, though the holdout has two days and six were calm before it', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const world = serve(12, { seed, excess: fallsOn(6) });
      const found = [6, 7, 8, 9, 10].find((day) => judge(world, day)?.decayed);
      assert.ok(found !== undefined && found > 6, `of seed ${seed}: ${found}`);
      const { since, days, excess } = judge(world, found)!;
      assert.equal(since, instant((FIRST + 8) * DAY));
      assert.equal(days, found - 5);
      assert.ok(excess.low > BEARABLE && excess.live > 0.07, JSON.stringify(excess));
    }
  });

  it('is told for as long as it lasts, and hardly longer', () => {
    const lasts = serve(150, { seed: 3, excess: fallsOn(40) });
    for (const day of [43, 60, 68, 69, 80, 100, 149]) assert.equal(judge(lasts, day)?.decayed, true, `day ${day}`);
    const ends = serve(80, { seed: 4, excess: (day) => (day >= 40 && day < 50 ? 0.08 : 0.01) });
    assert.deepEqual([43, 49, 56, 70].map((day) => judge(ends, day)?.decayed), [true, true, false, false]); // prettier-ignore
  });

  it('is no odd day, however odd', () => {
    const odd = serve(60, { seed: 5, excess: (day) => (day === 40 ? 1 : 0.01) });
    for (let day = 38; day < 60; day++) assert.equal(judge(odd, day)?.decayed, false, `day ${day}`);
  });

  it('is not found in a quiet year, whether the holdout is short or rows are few', () => {
    for (const of of [{ holdoutDays: 1, unrest: 0.01 }, { rows: 50 }] satisfies Partial<World>[]) {
      const year = serve(365, { seed: 6, ...of });
      for (let day = 2; day < 365; day += 2) assert.notEqual(judge(year, day)?.decayed, true, `${JSON.stringify(of)}: day ${day}`); // prettier-ignore
    }
  });

  it('is shown before it is certain, where all days together hide it', () => {
    const world = serve(60, { seed: 8, excess: fallsOn(50) });
    const { decayed, days, excess } = judge(world, 50)!;
    assert.equal(decayed, false);
    assert.ok(days <= 3 && excess.live > 0.03, `${days} days, ${excess.live}`);
    assert.equal(judge(world, 48)!.days, 28);
  });
});
