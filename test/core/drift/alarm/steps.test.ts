import {
  errorsAllowed,
  judgeNext,
  SETTLES_HOURS,
  type ColumnAlarm,
  type HourSums,
} from '../../../../core/drift/alarm/alarm.ts';
import type { Contrast } from '../../../../core/drift/alarm/contrasts.ts';
import { findable } from '../../../../core/drift/alarm/findable.ts';
import { learnAtOnce } from '../../../../core/drift/alarm/learning/past.ts';
import type { Allowed } from '../../../../core/drift/alarm/model.ts';
import { addToSteps, sizeAfter, type Steps } from '../../../../core/drift/alarm/steps/steps.ts';
import type { AlarmState } from '../../../../core/drift/alarm/state/state.ts';
import { readState, storedState } from '../../../../core/drift/alarm/state/stored-state.ts';
import { createRandom } from '../../../../core/base/random.ts';
import { HOUR, instant } from '../../../../core/time/time.ts';
import assert from 'node:assert/strict';

const START = Date.parse('2026-01-05T00:00:00.000Z');
const LEARNT = 28 * 24;
const WEEKS = 8 * 7 * 24;
/** Rows of an hour. */
const ROWS = 100;

const contrast: Contrast = {
  id: 'load/location',
  column: 'load',
  of: 'location',
  scores: [0, 1],
  ofNull: null,
  share: false,
};
const allowed = errorsAllowed([contrast], '1 a year');
const withoutSteps: Allowed = { ...allowed, steps: {} };

/** A mean for each hour, which wanders by 0.15 deviations and forgets half of that in 17 hours. */
function wandering(seed: string, hours: number): number[] {
  const random = createRandom(seed);
  const keeps = Math.exp(-1 / 24);
  let mean = 0;
  return Array.from(
    { length: hours },
    () => (mean = keeps * mean + random.normal(0, 0.15 * Math.sqrt(1 - keeps ** 2))),
  );
}
/** One that moves as far, but smoothly: from one day's to the next's. */
function smooth(seed: string, hours: number): number[] {
  const random = createRandom(seed);
  const days = Array.from({ length: hours / 24 + 2 }, () => random.normal(0, 0.2));
  return Array.from({ length: hours }, (_, hour) => {
    const [day, part] = [Math.floor(hour / 24), (hour % 24) / 24];
    const eased = part * part * (3 - 2 * part);
    return days[day]! * (1 - eased) + days[day + 1]! * eased;
  });
}

const rowsAround = (means: readonly number[]): HourSums[] =>
  means.map((mean, hour) => {
    const sum = ROWS * mean + createRandom(`hour ${hour}`).normal(0, Math.sqrt(ROWS));
    return { time: START + hour * HOUR, sums: [{ rows: ROWS, sum, squares: ROWS * (1 + mean ** 2) }] };
  });

const learnt = (hours: readonly HourSums[], its = allowed): AlarmState => ({
  upTo: instant(START + LEARNT * HOUR),
  ...learnAtOnce([contrast], its, hours.slice(0, LEARNT)),
});

/** The alarms of each hour after those that were learnt. */
function serve(state: AlarmState, hours: readonly HourSums[], its = allowed): ColumnAlarm[][] {
  const recent: HourSums[] = [];
  return hours.map((hour) => {
    recent.push(hour);
    const { value } = judgeNext(state, [contrast], its, recent).next();
    if (recent.length > SETTLES_HOURS) recent.shift();
    return value ?? [];
  });
}
const firstAlarm = (found: readonly ColumnAlarm[][]): number => found.findIndex((alarms) => alarms.length > 0);

/** Rows of a mean that steps up after as many quiet days. */
const stepping = (seed: string, by: number, quiet: number, hours: number): HourSums[] =>
  rowsAround(wandering(seed, LEARNT + quiet + hours).map((mean, hour) => (hour < LEARNT + quiet ? mean : mean + by)));

describe('a step of a mean that wanders', () => {
  it('is found within hours, where what it wanders by hides it from windows for days', () => {
    const [quiet, after] = [72, 48];
    const seeds = ['a', 'c', 'd', 'e'];
    const delays = seeds.map((seed) => {
      const hours = stepping(seed, 0.6, quiet, after);
      const found = serve(learnt(hours), hours.slice(LEARNT));
      const first = firstAlarm(found);
      assert.ok(first >= quiet, `${seed}: silent before, found after ${first} hours`);
      const off = (Date.parse(found[first]![0]!.since) - (START + (LEARNT + quiet) * HOUR)) / HOUR;
      assert.ok(Math.abs(off) <= 3, `${seed}: it says when the step was, ${off} hours off`);
      assert.equal(found[first]![0]!.direction, 'higher');
      return first - quiet;
    });
    assert.ok(Math.max(...delays) <= 24, `${delays.join(', ')} hours`);
    seeds.forEach((seed, i) => {
      const hours = stepping(seed, 0.6, quiet, after);
      const byWindows = firstAlarm(serve(learnt(hours, withoutSteps), hours.slice(LEARNT), withoutSteps));
      const later = byWindows === -1 || byWindows - quiet > delays[i]! + 6;
      assert.ok(later, `${seed}: after ${delays[i]} hours, by windows after ${byWindows - quiet}`);
    });
  });

  it('is not seen in what it wanders by itself', () => {
    for (const seed of ['a', 'c']) {
      const hours = rowsAround(wandering(seed, LEARNT + WEEKS));
      assert.equal(firstAlarm(serve(learnt(hours), hours.slice(LEARNT))), -1, seed);
    }
  });

  it('is not seen in a mean that moves smoothly', () => {
    for (const seed of ['a', 'c']) {
      const hours = rowsAround(smooth(seed, LEARNT + WEEKS));
      assert.equal(firstAlarm(serve(learnt(hours), hours.slice(LEARNT))), -1, seed);
    }
  });

  it('is not looked for where so many false alarms are allowed that one would last most of the time', () => {
    const often = errorsAllowed([contrast], '14 a week');
    const hours = rowsAround(wandering('a', LEARNT + WEEKS));
    const alarmed = serve(learnt(hours, often), hours.slice(LEARNT), often).filter((alarms) => alarms.length > 0);
    assert.ok(alarmed.length < 0.08 * WEEKS, `alarmed in ${alarmed.length} of ${WEEKS} hours`);
  });

  it('is an alarm while it lasts, also through hours without rows', () => {
    for (const seed of ['a', 'd', 'e']) {
      const hours = stepping(seed, 0.6, 72, 144).map((hour, place) =>
        place % 24 < 22 ? hour : { ...hour, sums: [{ rows: 0, sum: 0, squares: 0 }] },
      );
      const found = serve(learnt(hours), hours.slice(LEARNT));
      const first = firstAlarm(found);
      assert.ok(first >= 72);
      const told = new Set(found.slice(first).flatMap((alarms) => alarms.map(({ raisedAt }) => raisedAt)));
      assert.equal(told.size, 1, `${seed}: ${[...told].join(', ')}`);
      assert.ok(
        found.slice(first).every((alarms) => alarms.length > 0),
        seed,
      );
    }
  });

  it('is an alarm no more within two days of its end', () => {
    const hours = rowsAround(
      wandering('back', LEARNT + 120).map((mean, hour) => mean + (hour >= LEARNT + 48 && hour < LEARNT + 56 ? 0.7 : 0)),
    );
    const found = serve(learnt(hours), hours.slice(LEARNT));
    const alarmed = found.flatMap((alarms, hour) => (alarms.length > 0 ? [hour] : []));
    assert.ok(alarmed.length > 0 && alarmed.at(-1)! < 56 + 48, `${alarmed.join(', ')}`);
  });

  it('counts in what is said to be found within a week', () => {
    const hours = rowsAround(wandering('a', LEARNT));
    const leastOf = (its: Allowed): number =>
      findable(learnt(hours, its), [contrast], its, 7 * 24 * ROWS)[0]!.least ?? Infinity;
    assert.ok(leastOf(allowed) < leastOf(withoutSteps), `${leastOf(allowed)} and ${leastOf(withoutSteps)}`);
  });

  it('is found the same after the state was stored, also by a state that an earlier release stored', () => {
    const hours = stepping('a', 0.6, 72, 48);
    const state = learnt(hours);
    serve(state, hours.slice(LEARNT, LEARNT + 60));
    const next = hours.slice(LEARNT + 60 - SETTLES_HOURS);
    const stored = JSON.parse(JSON.stringify(storedState(state))) as ReturnType<typeof storedState>;
    const read = readState(stored);
    assert.ok(read.contrasts[contrast.id]!.now.steps!.starts.length > 5);
    const raisedBy = (its: AlarmState): (string | undefined)[] => serve(its, next).map((alarms) => alarms[0]?.raisedAt);
    const expected = raisedBy(structuredClone(state));
    assert.ok(expected.some((at) => at !== undefined));
    assert.deepEqual(raisedBy(read), expected);
    const bytes = JSON.stringify(stored.stored[contrast.id]).length;
    assert.ok(bytes < 1_700, `${bytes} bytes`);
    delete stored.stored[contrast.id]!.moves;
    delete stored.stored[contrast.id]!.steps;
    assert.equal(serve(readState(stored), next).length, next.length);
  });
});

describe('what hours tell of a step', () => {
  const wander = { variance: 0.0225, keeps: Math.exp(-1 / 24), alike: 1.3 };

  it('is what the likelihood of all of them does', () => {
    const [before, after] = [72, 12];
    const noise = wander.alike / ROWS;
    const covariance = Array.from({ length: before + after }, (_, i) =>
      Array.from(
        { length: before + after },
        (_, j) => wander.variance * wander.keeps ** Math.abs(i - j) + (i === j ? noise : 0),
      ),
    );
    const step = covariance.map((_, hour) => (hour < before ? 0 : 1));
    const solved = solve(covariance, step);
    const exact = solved.reduce((sum, value, hour) => sum + value * step[hour]!, 0);
    assert.ok(Math.abs(sizeAfter(after, wander, { rows: ROWS, ofRow: 1 }) / exact - 1) < 0.01);
  });

  it('is kept of few hours that may have begun one, the most unusual of each stretch', () => {
    let steps: Steps | null = null;
    for (let hour = 0; hour < 500; hour++)
      steps = addToSteps(steps, wander, START + hour * HOUR, { rows: ROWS, mean: hour < 460 ? 0 : 0.6, ofRow: 1 });
    const { starts } = steps!;
    assert.ok(starts.length <= 24, `${starts.length} starts`);
    const most = starts.reduce((best, one) => (one.sum ** 2 / one.size > best.sum ** 2 / best.size ? one : best));
    assert.equal(most.age, 39);
    assert.ok(Math.abs(most.sum / most.size - 0.6) < 0.01);
  });
});

/** Gauss without pivots, for a positive definite matrix. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]!]);
  rows.forEach((pivot, i) => {
    for (const row of rows.slice(i + 1)) {
      const times = row[i]! / pivot[i]!;
      for (let j = i; j < row.length; j++) row[j]! -= times * pivot[j]!;
    }
  });
  const found = right.map(() => 0);
  for (let i = rows.length - 1; i >= 0; i--) {
    const rest = found.reduce((sum, value, j) => (j > i ? sum + value * rows[i]![j]! : sum), 0);
    found[i] = (rows[i]!.at(-1)! - rest) / rows[i]![i]!;
  }
  return found;
}
