import { categoryBins, makeBinning, makeBins } from '../../../../core/data/profiles/binning.ts';
import { addProfiles, countRow, emptyProfile, type Profile } from '../../../../core/data/profiles/profile.ts';
import { type Row } from '../../../../core/data/data.ts';
import {
  errorsAllowed,
  hourSums,
  judgeNext,
  knowsEnough,
  SETTLES_HOURS,
  type ColumnAlarm,
  type HourSums,
} from '../../../../core/drift/alarm/alarm.ts';
import { alikeOf } from '../../../../core/drift/alarm/alike.ts';
import { learn } from '../../../../core/drift/alarm/learning/hours.ts';
import { learnAtOnce } from '../../../../core/drift/alarm/learning/past.ts';
import { modelOf, type Allowed } from '../../../../core/drift/alarm/model.ts';
import { contrastsOf, createRowSums, sumsOf } from '../../../../core/drift/alarm/contrasts.ts';
import { findable, isBlind } from '../../../../core/drift/alarm/findable.ts';
import { sumsAt } from '../../../../core/drift/alarm/spread.ts';
import { type AlarmState } from '../../../../core/drift/alarm/state/state.ts';
import { readState, storedState } from '../../../../core/drift/alarm/state/stored-state.ts';
import { createRandom, type Random } from '../../../../core/base/random.ts';
import { HOUR, instant } from '../../../../core/time/time.ts';
import assert from 'node:assert/strict';

const START = Date.parse('2026-01-05T00:00:00.000Z');
const LEARNT_HOURS = 14 * 24;
const ROWS = 30;

/** A row of an hour: amounts have a rhythm of the day, and a share of devices is missing. */
const usual = (random: Random, hour: number): Row => ({
  amount: random.normal(Math.sin((hour / 12) * Math.PI)),
  steady: random.normal(),
  device: random.uniform() < 0.02 ? null : random.pick(['phone', 'phone', 'desktop', 'tablet']),
});

const sample = Array.from({ length: 20 * 24 }, (_, hour) => usual(createRandom(hour), hour));
const binning = makeBinning({
  amount: makeBins(Float64Array.from(sample, (row) => Number(row['amount']))),
  steady: makeBins(Float64Array.from(sample, (row) => Number(row['steady']))),
  device: categoryBins(['phone', 'desktop', 'tablet'].map((level, i) => ({ level, rows: 3 - i }))),
});

const rowsAt = (hour: number, make = usual, rows = ROWS): Row[] => {
  const random = createRandom(`hour ${hour}`);
  return Array.from({ length: rows }, () => make(random, hour));
};
function count(rows: readonly Row[]): Profile {
  const profile = emptyProfile(binning);
  for (const row of rows) countRow(profile, binning, row);
  return profile;
}
const reference = Array.from({ length: 72 }, (_, i) => count(rowsAt(LEARNT_HOURS - 72 + i))).reduce(addProfiles);
const contrasts = contrastsOf(binning, reference, ['amount', 'steady', 'device']);
const allowed = errorsAllowed(contrasts, '1 a year');
const steady = contrasts.find(({ id }) => id === 'steady/location')!;
const sums = (hour: number, make?: typeof usual, rows?: number): HourSums =>
  hourSums(contrasts, { hour: instant(START + hour * HOUR), profile: count(rowsAt(hour, make, rows)) });

/** What a quiet fortnight has taught. */
function learnt(make = usual, hoursLearnt = LEARNT_HOURS, rowsOf = (_hour: number) => ROWS): AlarmState {
  const hours = Array.from({ length: hoursLearnt }, (_, hour) => sums(hour, make, rowsOf(hour)));
  const known = learnAtOnce(contrasts, allowed, hours);
  return { upTo: instant(START + hoursLearnt * HOUR), ...known };
}

/** Serves hours, and returns the alarms of each of them. */
const serve = (state: AlarmState, hours: number, make?: typeof usual, from = LEARNT_HOURS): ColumnAlarm[][] =>
  serveSums(state, hours, (hour) => sums(hour, make), from);

function serveSums(state: AlarmState, hours: number, of: (hour: number) => HourSums, from: number): ColumnAlarm[][] {
  const recent: HourSums[] = [];
  const found = Array.from({ length: hours }, (_, i) => {
    recent.push(of(from + i));
    const { value } = judgeNext(state, contrasts, allowed, recent).next();
    if (recent.length > SETTLES_HOURS) recent.shift();
    return value ?? [];
  });
  return found;
}
const firstAlarm = (found: readonly ColumnAlarm[][]): number => found.findIndex((alarms) => alarms.length > 0);
const quiet = learnt();
const fresh = (): AlarmState => structuredClone(quiet);

describe('the drift alarm', () => {
  it('is silent in three quiet weeks, whatever the hour of the day', () => {
    assert.equal(firstAlarm(serve(fresh(), 21 * 24)), -1);
  });

  it('knows a value that is usual by day from one that is unusual by night', () => {
    const atNoon = (random: Random): Row => usual(random, 6); // the highest hour
    assert.equal(firstAlarm(serve(fresh(), 2, atNoon, LEARNT_HOURS + 6)), -1);
    assert.equal(firstAlarm(serve(fresh(), 2, atNoon, LEARNT_HOURS + 18)), 1);
  });

  it('finds one column of three that moved by half a deviation within a day, and says which way and since when', () => {
    const state = fresh();
    serve(state, 48);
    const moved = LEARNT_HOURS + 48;
    const found = serve(state, 24, (random, hour) => ({ ...usual(random, hour), steady: random.normal(0.5) }), moved);
    const [alarm, ...others] = found[firstAlarm(found)]!;
    assert.deepEqual([alarm!.column, alarm!.of, alarm!.direction, others.length], ['steady', 'location', 'higher', 0]);
    const off = (Date.parse(alarm!.since) - (START + moved * HOUR)) / HOUR;
    assert.ok(Math.abs(off) <= 6, `it says ${alarm!.since}, ${off} hours off`);
  });

  it('finds nulls, a wider spread and another mix of levels', () => {
    const changes: [string, typeof usual][] = [
      ['device nulls', (random, hour) => ({ ...usual(random, hour), ...(random.uniform() < 0.3 && { device: null }) })],
      ['steady spread', (random, hour) => ({ ...usual(random, hour), steady: random.normal(0, 3) })],
      ['device levels', (random, hour) => ({ ...usual(random, hour), device: random.pick(['tablet', 'desktop']) })],
    ];
    for (const [name, make] of changes) {
      const found = serve(fresh(), 12, make);
      const alarms = found[firstAlarm(found)]?.map(({ column, of }) => `${column} ${of}`);
      assert.ok(alarms?.includes(name), `${name}: ${alarms?.join(', ')}`);
    }
  });

  it('lasts while the change does, and ends within two days of its end', () => {
    const state = fresh();
    const during = serve(state, 3 * 24, (random, hour) => ({ ...usual(random, hour), steady: random.normal(2) }));
    assert.equal(firstAlarm(during), 1);
    assert.ok(during.slice(1).every((alarms) => alarms.some(({ column }) => column === 'steady')));
    const told = new Set(during.flatMap((alarms) => alarms.map(({ of }) => of)));
    assert.deepEqual([...told], ['location'], 'a mean that moved is no wider spread');
    const after = serve(state, 48, usual, LEARNT_HOURS + 72);
    assert.deepEqual(after.at(-1), []);
  });

  it('learns nothing from a fault in the past of its champion, for an hour or a day', () => {
    const from = 5 * 24 + 9;
    const faults: [string, (hour: number) => boolean, Row][] = [
      ['one value for an hour', (hour) => hour === from, { steady: 3, device: 'tablet' }],
      ['nulls for a day', (hour) => hour >= from && hour < from + 24, { steady: 3, device: null }],
    ];
    const usually = findable(quiet, contrasts, allowed, ROWS * 168);
    for (const [name, isFaulty, row] of faults) {
      const state = learnt((random, hour) => ({ ...usual(random, hour), ...(isFaulty(hour) && row) }), 20 * 24);
      for (const { column, least } of findable(state, contrasts, allowed, ROWS * 168)) {
        const before = usually.find((one) => one.column === column)!.least!;
        assert.ok(least !== null && least < 1.2 * before, `${name}: ${column} from ${least}, without it ${before}`);
      }
    }
  });

  it('learns what happens again and again, however far off it is', () => {
    const everyTenDays = (random: Random, hour: number): Row => ({
      ...usual(random, hour),
      ...(Math.floor(hour / 24) % 10 === 4 && { steady: random.normal(3) }),
    });
    const state = learnt(everyTenDays, 20 * 24);
    assert.equal(firstAlarm(serve(state, 12 * 24, everyTenDays, 20 * 24)), -1);
  });

  it('takes the mean of a few flags for no change of how they vary', () => {
    const flagBins = makeBinning({ flag: makeBins(Float64Array.from({ length: 400 }, (_, i) => i % 2)) });
    const flags = (rows: number, ones: number): Profile => {
      const profile = emptyProfile(flagBins);
      for (let row = 0; row < rows; row++) countRow(profile, flagBins, { flag: row < ones ? 1 : 0 });
      return profile;
    };
    const its = contrastsOf(flagBins, flags(400, 200), ['flag']);
    const place = its.findIndex(({ of }) => of === 'spread');
    const spreadOf = (ones: number): number => {
      const hour = hourSums(its, { hour: instant(START), profile: flags(ROWS, ones) });
      return sumsAt(its[place]!, place, hour).sum / ROWS;
    };
    for (const ones of [0, 10, 15, ROWS])
      assert.ok(Math.abs(spreadOf(ones) - 0.5) < 1e-9, `${ones}: ${spreadOf(ones)}`);
    const ofMany = contrasts.filter(({ of }) => of === 'spread').map(({ ofMean }) => ofMean!.toFixed(2));
    assert.deepEqual(ofMany, ['0.50', '0.50'], 'half of the square where there are many values');
  });

  it('waits for a second hour, since the rows of one may be of one customer', () => {
    const burst = LEARNT_HOURS + 20;
    const once = (random: Random, hour: number): Row => ({
      ...usual(random, hour),
      ...(hour === burst && { steady: random.normal(2) }),
    });
    assert.equal(firstAlarm(serve(fresh(), 48, once)), -1);
    const twice = (random: Random, hour: number): Row => once(random, hour - (hour === burst + 1 ? 1 : 0));
    assert.equal(firstAlarm(serve(fresh(), 48, twice)), 21);
  });

  it('waits for none where an hour is further off than one customer explains', () => {
    const inCents = (random: Random, hour: number): Row => ({ ...usual(random, hour), steady: 100 + random.normal() });
    assert.equal(firstAlarm(serveSums(fresh(), 3, (hour) => sums(hour, inCents, 2 * ROWS), LEARNT_HOURS)), 0);
  });

  it('waits for none where nearly all rows of an hour are beyond what was usual, as in another unit', () => {
    const few = 20;
    const rowsOf = (hour: number): number => few - (hour % 3);
    const state = learnt(usual, LEARNT_HOURS, rowsOf);
    const after = (made: number, usually: number): number => {
      const hour = (at: number): HourSums => {
        let left = at === LEARNT_HOURS ? made : 0;
        return sums(at, (random) => ({ ...usual(random, at), ...(left-- > 0 && { steady: 100 }) }), made + usually);
      };
      return firstAlarm(serveSums(structuredClone(state), 2, hour, LEARNT_HOURS));
    };
    assert.deepEqual(
      [after(few, 0), after(few, 4)],
      [0, -1],
      'four rows of others: the rest may be one customer\u2019s',
    );
  });

  it('waits for one where few rows have nulls that a column never had, which may be rows of one customer', () => {
    const few = 10;
    const state = learnt(usual, LEARNT_HOURS, () => few);
    const mostNull = (rows: number, hours: number) => (hour: number) => {
      let left = hour < LEARNT_HOURS + hours ? 0.8 * rows : 0;
      return sums(hour, (random) => ({ ...usual(random, hour), ...(left-- > 0 && { steady: null }) }), rows);
    };
    const after = (rows: number, hours: number): number =>
      firstAlarm(serveSums(structuredClone(state), 3, mostNull(rows, hours), LEARNT_HOURS));
    assert.deepEqual([after(few, 1), after(few, 3), after(4 * few, 1)], [-1, 1, 0]);
  });

  it('forgets nothing by an hour that teaches nothing', () => {
    const { past } = fresh().contrasts['steady/location']!;
    const model = modelOf(past, steady, allowed)!;
    const before = structuredClone(past);
    learn(past, [{ size: 400, expected: 0.5, off: 0.4, variance: 0.0025 }], model, 'quiet');
    assert.deepEqual(past, before);
  });

  it('takes nothing off the tails of shorter windows for few looks of a longer one that were calm', () => {
    const limits = (kurtosis: number): readonly number[] => {
      const { past } = fresh().contrasts['steady/location']!;
      past.errors.forEach((errors, w) => {
        const { looks } = errors;
        Object.assign(errors, { second: looks, fourth: looks * (w < 3 ? 12 : kurtosis), most: 0 });
      });
      return modelOf(past, steady, allowed)!.limits;
    };
    assert.deepEqual(limits(1), limits(3));
  });

  it('is not raised by a move that the past made often', () => {
    // Its mean moves by half a deviation every two days.
    const wandering = (random: Random, hour: number): Row => ({
      ...usual(random, hour),
      steady: random.normal(Math.floor(hour / 48) % 2 === 0 ? 0 : 0.5),
    });
    assert.equal(firstAlarm(serve(learnt(wandering), 10 * 24, wandering)), -1);
  });

  it('knows that weekends have another rhythm, and is raised when one has that of a working day', () => {
    const rhythm = (random: Random, hour: number): Row => ({
      ...usual(random, hour),
      steady: random.normal(Math.sin((hour / 12) * Math.PI) * (Math.floor(hour / 24) % 7 >= 5 ? -1 : 1)),
    });
    const saturday = LEARNT_HOURS + 5 * 24;
    const state = learnt(rhythm);
    assert.equal(firstAlarm(serve(state, 5 * 24, rhythm)), -1);
    assert.equal(firstAlarm(serve(structuredClone(state), 24, rhythm, saturday)), -1);
    const working = (random: Random, hour: number): Row => rhythm(random, hour % 24);
    const found = serve(state, 24, working, saturday);
    assert.ok(firstAlarm(found) >= 0 && found[firstAlarm(found)]!.every(({ column }) => column === 'steady'));
  });

  it('knows too little after a day', () => {
    assert.equal(knowsEnough(learnt(usual, 24)), false);
    assert.equal(knowsEnough(quiet), true);
  });

  it('finds a shift in rows that come once a day within three days, and is silent in two quiet weeks of them', () => {
    const daily = (deviations: number) => (hour: number) => {
      const random = createRandom(`day ${hour}`);
      const rows = Array.from({ length: 300 }, () => ({ ...usual(random, 0), steady: random.normal(deviations) }));
      return hourSums(contrasts, { hour: instant(START + hour * HOUR), profile: count(hour % 24 === 0 ? rows : []) });
    };
    const [ordinary, moved] = [daily(0), daily(0.7)];
    const [known, quietly] = [40 * 24, 14 * 24];
    const hours = Array.from({ length: known }, (_, hour) => ordinary(hour));
    const state: AlarmState = {
      upTo: instant(START + known * HOUR),
      ...learnAtOnce(contrasts, allowed, hours),
    };
    const limitsOf = ({ contrasts: its }: AlarmState, allowed: Allowed) =>
      modelOf(its['steady/location']!.past, steady, allowed)!.limits;
    const notShared = { ...allowed, often: allowed.atOnce };
    assert.deepEqual(limitsOf(state, allowed), limitsOf(state, notShared), 'a look that none follows has its own part');
    assert.notDeepEqual(limitsOf(quiet, allowed), limitsOf(quiet, notShared));
    assert.equal(firstAlarm(serveSums(state, quietly, ordinary, known)), -1);
    const found = firstAlarm(serveSums(state, 72, moved, known + quietly));
    assert.ok(found >= 0, 'not within three days');
  });

  it('says what it finds within a week, and that a few rows are too few for anything', () => {
    const byColumn = (rows: number) =>
      Object.fromEntries(findable(quiet, contrasts, allowed, rows).map(({ column, least }) => [column, least]));
    const many = byColumn(7 * 24 * ROWS);
    assert.ok(many['steady']! < 0.3 && many['device']! < 0.1, JSON.stringify(many));
    assert.equal(isBlind(findable(quiet, contrasts, allowed, 7 * 24 * ROWS)), false);
    assert.ok(byColumn(200)['steady']! > many['steady']!);
    assert.equal(isBlind(findable(quiet, contrasts, allowed, 10)), true);
  });

  /** Half of each day is busy. */
  const busyAndCalm = (hour: number): number => (hour % 24 < 12 ? 15 : 45);
  const alikeIn = (make: typeof usual, rowsOf?: (hour: number) => number) =>
    alikeOf(learnt(make, LEARNT_HOURS, rowsOf), contrasts, allowed);

  it('knows how many rows of a customer tell what one of another does', () => {
    let amount = 0;
    let left = 0;
    const alike = alikeIn((random, hour) => {
      if (left-- === 0) [amount, left] = [random.normal(), 4];
      return { ...usual(random, hour), steady: amount };
    }, busyAndCalm);
    assert.ok(alike['steady']! > 4 && alike['steady']! < 6, `${alike['steady']}`);
    for (const column of ['amount', 'device']) assert.ok(alike[column]! >= 1 && alike[column]! < 1.3, `${column} ${alike[column]}`); // prettier-ignore
  });

  it('takes weather that all rows of an hour share for no likeness of rows, and tells none where hours have as many', () => {
    let mean = 0;
    const random = createRandom('weather');
    const weather = Array.from({ length: LEARNT_HOURS }, () => (mean = 0.9 * mean + random.normal(0, 0.15)));
    const stations: typeof usual = (each, hour) => ({ ...usual(each, hour), steady: each.normal(weather[hour]) });
    assert.deepEqual(alikeIn(stations), {});
    const alike = alikeIn(stations, busyAndCalm);
    assert.ok(alike['steady']! < 2, `${alike['steady']}`);
  });

  it('says the same after its state was stored', () => {
    const make: typeof usual = (random, hour) => ({ ...usual(random, hour), steady: random.normal(0.5) });
    const asJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
    const before = fresh();
    serve(before, 40, make);
    const stored = storedState(before);
    assert.deepEqual(serve(readState(asJson(stored)), 24, make), serve(structuredClone(before), 24, make));
    assert.deepEqual(readState(asJson(before)), before, 'as an earlier release stored it');
    const older = asJson(before);
    for (const { past } of Object.values(older.contrasts)) {
      delete past.season.ofWeekends;
      delete past.aroundMean;
    }
    assert.equal(
      serve(readState(older), 24, make).length,
      24,
      'as one stored it that did not know weekends, nor spreads around means',
    );
    const bytes = JSON.stringify(stored).length / contrasts.length;
    assert.ok(bytes < 1_100, `${bytes} bytes a contrast`);
  });

  it('adds rows up as it adds up profiles', () => {
    const rows = rowsAt(7);
    const adder = createRowSums(binning, contrasts);
    const into = adder.empty();
    for (const row of rows) adder.add(row, into);
    contrasts.forEach((contrast, i) => {
      const { rows: counted, sum, squares } = sumsOf(contrast, count(rows));
      assert.equal(into[i]!.rows, counted, contrast.id);
      assert.ok(Math.abs(into[i]!.sum - sum) < 1e-9 && Math.abs(into[i]!.squares - squares) < 1e-9, contrast.id);
    });
  });
});
