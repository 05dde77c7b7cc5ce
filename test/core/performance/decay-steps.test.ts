import { createRandom } from '../../../core/base/random.ts';
import { judgeDecay, type Concept } from '../../../core/performance/decay.ts';
import { fallOf, looksFallen } from '../../../core/performance/decay-words.ts';
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
  /** Labels less scores, likewise. */
  bias?: (day: number) => number;
}

const FIRST = 20_000;
const DEVIATION = 0.3;
const BEARABLE = 0.005;

/** The holdout and so many days after it, whose losses differ between rows by far more than between days. */
function serve(
  days: number,
  { seed, holdoutDays = 2, rows = 4_000, unrest = 0.002, excess = () => 0.01, bias }: World,
) {
  const { normal } = createRandom(seed);
  const all = Array.from({ length: holdoutDays + days }, (_, place): TallyOfDay => {
    const isHoldout = place < holdoutDays;
    const count = isHoldout ? 1_000 : rows;
    const mean = (isHoldout ? 0.01 : excess(place - holdoutDays)) + unrest * normal();
    const sums = [count * mean, count * (DEVIATION ** 2 + mean ** 2)] as const;
    const tally = { ...emptyTally(), rows: count, loss: [...sums], excess: [...sums] } as TallyOfDay['tally'];
    const off = bias ? (isHoldout ? 0 : bias(place - holdoutDays)) + unrest * normal() : 0.001 * normal();
    tally.bias = [count * off, count * (bias ? DEVIATION ** 2 + off ** 2 : 0.01)];
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

  for (const [what, world] of [
    ['the loss', (far) => ({ excess: (day) => 0.01 + far(day) })],
    ['labels above the scores', (far) => ({ bias: far })],
    ['labels below the scores', (far) => ({ bias: (day) => -far(day) })],
  ] as [string, (far: (day: number) => number) => Partial<World>][])
    describe(`of ${what}`, () => {
      it('is named while it lasts, and over within ten days, though it was long', () => {
        for (const [seed, length] of [3, 5, 10, 14, 14, 14].entries()) {
          const fall = serve(80, { seed, ...world((day) => (day >= 40 && day < 40 + length ? 0.1 : 0)) });
          for (let day = 42; day < 40 + length; day++) assert.equal(judge(fall, day)!.decayed, true, `day ${day}`);
          for (let day = 40; day < 80; day++) {
            const found = judge(fall, day)!;
            if (found.decayed) assert.match(fallOf(found)!.words, /days (the log loss is|labels less scores are) /);
            const since = day - 40 - length;
            if (since >= 9) assert.ok(!looksFallen(found), `${length} days, ${since} days after`);
            const { excess, bias, days } = found;
            const far = Math.max(excess.estimate, Math.abs(bias.estimate));
            if (since >= 11) assert.ok(far <= BEARABLE && days <= since + 4, `${length} days, ${since} days after: ${days} days are shown`); // prettier-ignore
          }
        }
      });

      it('is no odd day', () => {
        const odd = serve(60, { seed: 5, ...world((day) => (day === 40 ? 1 : 0)) });
        for (let day = 38; day < 60; day++) assert.equal(judge(odd, day)?.decayed, false, `day ${day}`);
        for (let day = 43; day < 60; day++) assert.ok(!looksFallen(judge(odd, day)!), `day ${day}`);
      });

      it('is not found in a quiet year', () => {
        const year = serve(365, { seed: 6, holdoutDays: 1, unrest: 0.01, ...world(() => 0) });
        for (let day = 2; day < 365; day += 3) assert.notEqual(judge(year, day)?.decayed, true, `day ${day}`);
      });
    });

  it('tells labels of days that have theirs counted, though the first have not', () => {
    const { holdout, live } = serve(60, { seed: 7 });
    const counted = (day: TallyOfDay): TallyOfDay => ({ ...day, tally: { ...day.tally, labels: [day.tally.rows / 10, day.tally.rows / 10] } }); // prettier-ignore
    const first = live.slice(0, 28);
    const positives = (before: TallyOfDay[], then: TallyOfDay[]) =>
      judge({ holdout: before, live: then }, 59)!.positives;
    const newest = live.slice(28).map(counted);
    assert.equal(positives(holdout.map(counted), [...first, ...newest])?.live, 0.1);
    assert.equal(positives(holdout, [...first, ...newest]), undefined);
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
