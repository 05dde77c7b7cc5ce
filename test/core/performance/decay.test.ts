import { createRandom } from '../../../core/base/random.ts';
import { holdoutOf, judgeDecay, type Concept } from '../../../core/performance/decay.ts';
import { type MetricName } from '../../../core/metrics/index.ts';
import { checkFloor, checkNewest } from '../../../core/performance/floor.ts';
import { decayInWords } from '../../../core/performance/decay-words.ts';
import { slices } from '../../../core/drift/findings/slices.ts';
import { type Checked } from '../../../core/drift/findings/finding.ts';
import { fallenSlices } from '../../../core/performance/fallen-slices.ts';
import { type SlicedDay, type TallyOfDay } from '../../../core/performance/performance-days.ts';
import { addRow, addTallies, emptyTally } from '../../../core/performance/tally.ts';
import { DAY, instant } from '../../../core/time/time.ts';
import assert from 'node:assert/strict';

const FIRST = 20_000 * DAY;
const ROWS = 40;

interface World {
  days: number;
  first?: number;
  seed: number;
  /** What is added to the logit of the truth, by day. */
  shift?: (day: number) => number;
  /** Shares of positives differ this much between days, in logits. */
  unrest?: number;
  /** Where logits of scores lie on average. */
  inputs?: number;
  /** The share of the labels that scores tell nothing of. */
  blunt?: number;
}

const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));

/** Days of a calibrated model's predictions, of which labels are drawn. */
function serve({ days, first = 0, seed, shift = () => 0, unrest = 0, inputs = -1, blunt = 0 }: World): TallyOfDay[] {
  const { uniform: random, normal } = createRandom(seed);
  return Array.from({ length: days }, (_, place) => {
    const tally = emptyTally();
    const ofDay = unrest * normal();
    for (let row = 0; row < ROWS; row++) {
      // Few scores have few bins, which are what takes time.
      const logit = Math.round(2 * (inputs + 1.5 * normal())) / 2;
      addRow(tally, 'binary', {
        score: sigmoid(logit),
        label: Number(random() < sigmoid((random() < blunt ? inputs : logit) + ofDay + shift(first + place))),
      });
    }
    return { day: instant(FIRST + (first + place) * DAY), tally };
  });
}

/** The first day on which performance is found to have fallen. */
function firstAlarm(before: TallyOfDay[], live: TallyOfDay[]): { day: number; concept: Concept } | null {
  const holdout = holdoutOf('binary', before);
  for (let day = 1; day <= live.length; day++) {
    const concept = judgeDecay({ kind: 'binary', holdout, live: live.filter((_, place) => place < day && (place < 28 || place >= day - 29)) }); // prettier-ignore
    if (concept?.decayed) return { day: day - 1, concept };
  }
  return null;
}

describe('the test for decay', () => {
  it('keeps its promise: it alarms at most once a year while nothing changes, even where days differ', () => {
    let alarms = 0;
    const years = 5;
    for (let year = 0; year < years; year++) {
      const holdout = serve({ days: 10, seed: 100 + year, unrest: 0.3 });
      if (firstAlarm(holdout, serve({ days: 365, first: 10, seed: 500 + year, unrest: 0.3 }))) alarms++;
    }
    assert.ok(alarms <= years / 3, `${alarms} alarms in ${years} years`);
  });

  it('finds a fall within days, names the loss, and the day from which it fell', () => {
    const holdout = serve({ days: 14, seed: 1 });
    const live = serve({ days: 60, first: 14, seed: 2, shift: (day) => (day >= 44 ? 1.5 : 0) });
    const found = firstAlarm(holdout, live)!;
    assert.ok(found.day >= 30 && found.day < 44, `day ${found.day}`);
    const since = (Date.parse(found.concept.since!) - FIRST) / DAY;
    assert.ok(Math.abs(since - 44) <= 5, `since day ${since}`);
    assert.match(
      decayInWords(found.concept),
      /^on [\d,]+ labelled rows of \d+ days .*(log loss is|labels less scores are)/,
    );
  });

  describe('of declared slices', () => {
    const pipeline = {
      label: { kind: 'binary' },
      gates: { metric: 'rocAuc', minRows: 200, minPositives: 20 },
    } as const;
    const names = ['a', 'b', 'c', 'd', 'e'];
    /** Days whose slices are as the worlds of their names. */
    const sliced = (
      world: Omit<World, 'seed'>,
      seed: number,
      changes: Record<string, Partial<World>> = {},
      all = names,
    ) => {
      const of = all.map((name, i) => [name, serve({ ...world, seed: seed + i, ...changes[name] })] as const);
      return of[0]![1].map(({ day, tally }, place): SlicedDay => ({
        day,
        tally,
        slices: Object.fromEntries(of.map(([name, days]) => [name, days[place]!.tally])),
      }));
    };

    it('finds the slice that fell and no other, and says so in a sentence of its own', () => {
      const holdout = sliced({ days: 14 }, 1);
      const live = sliced({ days: 12, first: 14 }, 40, { c: { shift: () => 1.5 } });
      const fallen = fallenSlices(pipeline, names, { holdout, live });
      assert.deepEqual(fallen.map(({ name }) => name), ['c']); // prettier-ignore
      const { says, follows } = slices.find({ concept: { slices: fallen } } as Checked)!;
      assert.match(says, /^c: on [\d,]+ labelled rows of \d+ days (the log loss is|labels less scores are) .*\.$/);
      assert.equal(follows, 'It informs only.');
      const small = { ...pipeline, gates: { ...pipeline.gates, minRows: 1_000 } };
      assert.deepEqual(fallenSlices(small, names, { holdout, live }), [], 'it has too few rows to tell');
    });

    it('finds the slice under a declared floor', () => {
      const [holdout, live] = [sliced({ days: 14 }, 1, { b: { blunt: 0.8 } }), sliced({ days: 12, first: 14 }, 40, { b: { blunt: 0.8 } })]; // prettier-ignore
      const floored = { ...pipeline, gates: { ...pipeline.gates, floor: 0.72 } };
      const [found, ...others] = fallenSlices(floored, names, { holdout, live });
      assert.deepEqual([found!.name, found!.floor!.isBelow, others], ['b', true, []]);
    });

    it('keeps the promise of one test on every day, however many slices there are: each gets its part of the chance', () => {
      const many = Array.from({ length: 20 }, (_, i) => `slice ${i}`);
      const fell = many[7]!;
      const holdout = sliced({ days: 10, unrest: 0.3 }, 1_000, {}, many);
      const live = sliced({ days: 28, first: 10, unrest: 0.3 }, 2_000, { [fell]: { shift: () => 1.5 } }, many);
      const foundOn = (looked: string[]): number[] =>
        live.flatMap((_, day) => {
          const found = fallenSlices(pipeline, looked, { holdout, live: live.slice(0, day + 1) });
          assert.ok(found.every(({ name }) => name === fell), `day ${day}: ${found.map(({ name }) => name).join()}`); // prettier-ignore
          return found.length > 0 ? [day] : [];
        });
      const [alone, beside] = [foundOn([fell])[0]!, foundOn(many)[0]!];
      assert.ok(alone < beside, `found on day ${alone} alone, and on day ${beside} beside others`);
    });
  });

  it('takes no other inputs for a fall', () => {
    const holdout = serve({ days: 14, seed: 1, inputs: -2.5 });
    const live = serve({ days: 40, first: 14, seed: 2, inputs: 0 });
    const loss = (days: TallyOfDay[]): number =>
      days.reduce((sum, { tally }) => sum + tally.loss[0] / tally.rows, 0) / days.length;
    assert.ok(loss(live) > 1.15 * loss(holdout), 'the loss itself rises');
    assert.equal(firstAlarm(holdout, live), null);
  });

  it('finds estimates of numbers that lie too low', () => {
    const world = (days: number, first: number, off: number): TallyOfDay[] =>
      Array.from({ length: days }, (_, place) => {
        const { uniform: random } = createRandom(first + place);
        const tally = emptyTally();
        for (let row = 0; row < ROWS; row++)
          addRow(tally, 'number', { score: 10, label: 10 + off + 4 * (random() - 0.5) });
        return { day: instant(FIRST + (first + place) * DAY), tally };
      });
    const judged = (off: number) =>
      judgeDecay({ kind: 'number', holdout: holdoutOf('number', world(10, 0, 0)), live: world(10, 10, off) })!;
    assert.equal(judged(0).decayed, false);
    assert.equal(judged(1.5).decayed, true);
    assert.match(decayInWords(judged(1.5)), /labels less estimates are 1\.\d+ on average/);
  });

  it('finds labels that moved as the estimates foretold, which is no fall: numbers by their mean, classes by their share', () => {
    const world = (first: number, kind: 'number' | 'class', higher: number) =>
      Array.from({ length: 10 }, (_, place): TallyOfDay => {
        const { uniform: random } = createRandom(first + place);
        const tally = emptyTally();
        for (let row = 0; row < ROWS; row++) {
          const score = 10 + higher + 4 * (random() - 0.5);
          const label = score + random() - 0.5;
          const one = random() < 0.3 + higher / 10 ? 1 : 0;
          const probabilities = [0.4, 0.4, 0.2];
          if (kind === 'number') addRow(tally, 'number', { score, label });
          else addRow(tally, 'class', { score: 0.4, label: random() < 0.2 ? 2 : one, probabilities });
        }
        return { day: instant(FIRST + (first + place) * DAY), tally };
      });
    const judged = (kind: 'number' | 'class', higher: number) =>
      judgeDecay({
        kind,
        holdout: holdoutOf(kind, world(0, kind, 0)),
        live: world(10, kind, higher),
        classes: kind === 'class' ? ['low', 'mid', 'high'] : [],
      })!;
    const { mean, decayed } = judged('number', 2);
    assert.ok(!decayed && mean!.low > 1.5 && mean!.high < 2.5, JSON.stringify(mean));
    const still = judged('number', 0).mean!;
    assert.ok(still.low < 0 && still.high > 0);
    assert.deepEqual(
      judged('class', 4)
        .classes?.map(({ name }) => name)
        .sort(),
      ['low', 'mid'],
    );
    assert.equal(judged('class', 0).classes, undefined);
  });

  it('says nothing about a day or two', () => {
    const days = serve({ days: 14, seed: 1 });
    const judge = (holdout: TallyOfDay[], live: TallyOfDay[]) =>
      judgeDecay({ kind: 'binary', holdout: holdoutOf('binary', holdout), live });
    assert.equal(judge(days, serve({ days: 1, first: 14, seed: 2 })), null);
    assert.equal(judge(days.slice(0, 1), days.slice(0, 2)), null);
  });
});

describe('the floor', () => {
  const declared = (floor: number) =>
    ({ gates: { metric: 'rocAuc', floor }, label: { kind: 'binary' } }) as Parameters<typeof checkFloor>[0];
  const days = serve({ days: 20, seed: 4 });

  it('is passed only by the whole interval', () => {
    const { value, low, high } = checkFloor(declared(0.5), days)!;
    assert.ok(low < value && value < high && value > 0.7);
    assert.deepEqual(
      [low - 0.01, (low + high) / 2 + 0.001, high + 0.01].map((floor) => checkFloor(declared(floor), days)!.isBelow),
      [false, false, true],
    );
  });

  it('is as rarely passed by chance where it is judged by the fewest days', () => {
    const brier = (floor: number) => ({ gates: { metric: 'brier', floor }, label: { kind: 'binary' } }) as const;
    const { value } = checkFloor(brier(0), serve({ days: 500, seed: 1 }))!;
    let passed = 0;
    for (let seed = 10; seed < 310; seed++) if (checkFloor(brier(value), serve({ days: 5, seed }))!.isBelow) passed++; // prettier-ignore
    assert.equal(passed, 0);
  });

  it('is not judged by a few days', () => {
    assert.equal(checkFloor(declared(0.99), days.slice(0, 3)), null);
  });

  describe('where none is declared', () => {
    const undeclared = (metric: MetricName, kind: 'binary' | 'number' = 'binary') =>
      ({ gates: { metric }, label: { kind } }) as Parameters<typeof checkFloor>[0];
    const check = (metric: MetricName, holdout: TallyOfDay[], live: TallyOfDay[]) =>
      checkFloor(undeclared(metric), live, { days: holdout })!;
    /** Scores that tell less and less apart: half of the labels are drawn without looking at them. */
    const blunt = (seed: number) => serve({ days: 20, first: 20, seed, blunt: 0.5 });

    it('is where a third of what the champion knew on its own holdout is lost, whichever way its metric points', () => {
      const holdout = serve({ days: 20, seed: 4 });
      for (const metric of ['rocAuc', 'averagePrecision', 'brier'] as const) {
        const same = check(metric, holdout, serve({ days: 20, first: 20, seed: 5 }));
        assert.deepEqual([same.isBelow, same.derived], [false, true], metric);
        assert.equal(check(metric, holdout, blunt(6)).isBelow, true, metric);
      }
      const { floor, value } = check('rocAuc', holdout, holdout);
      assert.ok(Math.abs(floor - (0.5 + (2 / 3) * (value - 0.5))) < 1e-9);
    });

    it('is no nearer than chance takes the metric on a small holdout', () => {
      const [few, many] = [serve({ days: 5, seed: 4, unrest: 2 }), serve({ days: 40, seed: 4, unrest: 2 })];
      const distance = (days: TallyOfDay[]) => check('averagePrecision', days, days).value - check('averagePrecision', days, days).floor; // prettier-ignore
      assert.ok(distance(few) > distance(many));
    });

    it('is as far from a holdout of a few days as the served days differ, and the interval of its card reaches', () => {
      const short = { days: serve({ days: 2, seed: 4 }) };
      const derived = (own: Parameters<typeof checkFloor>[2], live = days) => checkFloor(undeclared('rocAuc'), live, own)!.floor; // prettier-ignore
      assert.ok(derived(short) < derived({ days: serve({ days: 10, seed: 4 }) }));
      assert.ok(derived({ ...short, interval: { low: 0.4, high: 1 } }) < derived(short) - 0.1);
      assert.equal(checkFloor(undeclared('rocAuc'), days, { days: [] }), null);
    });

    it('is never worse than a model that knows nothing, whatever chance explains, and is none of such a model', () => {
      const own = (seed: number) => ({ days: serve({ days: 2, seed }), interval: { low: -2, high: 3 } });
      const floors = (['rocAuc', 'averagePrecision', 'brier'] as const).map(
        (metric) => checkFloor(undeclared(metric), days, own(4))!.floor,
      );
      const { labels: [positives] = [0], rows } = own(4).days.map(({ tally }) => tally).reduce(addTallies); // prettier-ignore
      const share = positives / rows;
      assert.deepEqual(floors, [0.5, share, share * (1 - share)]);
      const ignorant = { days: serve({ days: 20, seed: 6, blunt: 1 }) };
      assert.equal(checkFloor(undeclared('brier'), days, ignorant), null);
    });

    it('is passed within days of a collapse, though the holdout has two', () => {
      /** Each with the rows of ten. */
      const many = (count: number, first: number, world: Omit<World, 'days'>) =>
        Array.from({ length: count }, (_, day): TallyOfDay => {
          const all = serve({ ...world, days: 10, seed: 100 * world.seed + day });
          return { day: instant(FIRST + (first + day) * DAY), tally: all.reduce((sum, { tally }) => addTallies(sum, tally), emptyTally()) }; // prettier-ignore
        });
      const live = [...many(20, 2, { seed: 5 }), ...many(7, 22, { seed: 6, blunt: 1 })];
      const own = { days: many(2, 0, { seed: 4 }) };
      const { isBelow, derived } = checkNewest(undeclared('rocAuc'), live, own)!;
      assert.deepEqual([isBelow, derived], [true, true]);
      assert.equal(checkNewest(undeclared('rocAuc'), live.slice(0, 20), own)!.isBelow, false);
    });

    it('is passed in no quiet year, though days differ', () => {
      let passed = 0;
      for (let year = 0; year < 4; year++) {
        const holdout = serve({ days: year % 2 === 0 ? 10 : 2, seed: 700 + year, unrest: 0.3 });
        const live = serve({ days: 365, first: 10, seed: 800 + year, unrest: 0.3 });
        for (const metric of ['averagePrecision', 'logLoss'] as const)
          for (let day = 7; day < 365; day += 14)
            if (check(metric, holdout, live.slice(Math.max(0, day - 20), day)).isBelow) passed++; // prettier-ignore
      }
      assert.equal(passed, 0);
    });
  });
});
