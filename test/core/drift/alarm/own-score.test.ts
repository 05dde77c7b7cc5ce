import { makeBinning, makeBins, SCORE } from '../../../../core/data/profiles/binning.ts';
import { addProfiles, countRow, emptyProfile, type Profile } from '../../../../core/data/profiles/profile.ts';
import {
  errorsAllowed,
  hourSums,
  judgeNext,
  SETTLES_HOURS,
  type HourSums,
} from '../../../../core/drift/alarm/alarm.ts';
import { contrastsOf } from '../../../../core/drift/alarm/contrasts.ts';
import { findable, isBlind } from '../../../../core/drift/alarm/findable.ts';
import { learnAtOnce } from '../../../../core/drift/alarm/learning/past.ts';
import { contrastsOfScore } from '../../../../core/drift/alarm/own-score.ts';
import { type AlarmState } from '../../../../core/drift/alarm/state/state.ts';
import { readState, storedState } from '../../../../core/drift/alarm/state/stored-state.ts';
import { createRandom } from '../../../../core/base/random.ts';
import { HOUR, instant } from '../../../../core/time/time.ts';
import assert from 'node:assert/strict';

const START = Date.parse('2026-01-05T00:00:00.000Z');
const LEARNT_DAYS = 14;
const ROWS = 20;

/** How two columns belong together, and a score that adds them up. */
interface World {
  /** Of the correlation of the columns. */
  together: number;
  /** What `first` moved by. */
  moved?: number;
  /** Rows come in one of so many hours. */
  every?: number;
  /** How much surer scores are of rows that a model learnt from. */
  surer?: number;
}
const usual: World = { together: -0.6 };

const binning = makeBinning({
  first: makeBins(Float64Array.from({ length: 500 }, (_, i) => createRandom(i).normal())),
  second: makeBins(Float64Array.from({ length: 500 }, (_, i) => createRandom(i).normal())),
});

function count(hour: number, { together, moved = 0, every = 1, surer = 1 }: World): Profile {
  const profile = emptyProfile(binning);
  if (hour % every > 0) return profile;
  const random = createRandom(`hour ${hour}`);
  for (let row = 0; row < ROWS; row++) {
    const first = random.normal();
    const second = together * first + Math.sqrt(1 - together ** 2) * random.normal();
    const logit = surer * (first + moved + second + 0.3 * Math.sin((hour / 12) * Math.PI));
    countRow(profile, binning, { first: first + moved, second, [SCORE]: 1 / (1 + Math.exp(-logit)) });
  }
  return profile;
}

const LEARNT = LEARNT_DAYS * 24;
const holdout = Array.from({ length: 72 }, (_, i) => count(LEARNT - 72 + i, { ...usual, surer: 1.3 })).reduce(addProfiles); // prettier-ignore
const inputs = contrastsOf(binning, holdout, ['first', 'second']);
const contrasts = [...inputs, ...contrastsOfScore(binning, holdout)];
const allowed = errorsAllowed(contrasts, '1 a year');
const sums = (hour: number, world: World): HourSums =>
  hourSums(contrasts, { hour: instant(START + hour * HOUR), profile: count(hour, world) });

/** A version that serves from the end of its training on; each hour says which columns the alarm is about. */
function serving() {
  const learnt = Array.from({ length: LEARNT }, (_, hour) => sums(hour, { ...usual, surer: 1.3 }));
  const known = learnAtOnce(inputs, allowed, learnt);
  let state: AlarmState = { upTo: instant(START + LEARNT * HOUR), ...known };
  const recent: HourSums[] = [];
  let next = LEARNT;
  return {
    serve: (days: number, world = usual): string[][] =>
      Array.from({ length: days * 24 }, () => {
        recent.push(sums(next++, world));
        const { value } = judgeNext(state, contrasts, allowed, recent).next();
        if (recent.length > SETTLES_HOURS) recent.shift();
        state = readState(storedState(state));
        return (value ?? []).map(({ column, of }) => `${column} ${of}`);
      }),
    finds: () => findable(state, contrasts, allowed, ROWS * 168).map(({ column }) => column),
  };
}
const firstAlarm = (found: readonly string[][]): number => found.findIndex((alarms) => alarms.length > 0);
/** Columns that stay as they are, and no longer balance each other in the score. */
const apart: World = { together: 0.6 };

describe("the alarm about a version's scores", () => {
  it('finds scores that vary more while no column moves, once the version has served for three weeks', () => {
    const version = serving();
    assert.equal(firstAlarm(version.serve(23)), -1, 'quiet');
    assert.ok(version.finds().includes(SCORE));
    const found = version.serve(4, apart);
    const [alarm] = found[firstAlarm(found)] ?? [];
    assert.deepEqual([alarm, firstAlarm(found) < 48], [`${SCORE} spread`, true]);
  });

  it('says nothing before, since nobody knows what is usual for it', () => {
    const version = serving();
    version.serve(12);
    assert.equal(firstAlarm(version.serve(3, apart)), -1);
    assert.ok(!version.finds().includes(SCORE));
  });

  it('comes after three weeks also where rows come in a few hours of a day, at other times each day', () => {
    const version = serving();
    version.serve(20, { ...usual, every: 5 });
    assert.ok(!version.finds().includes(SCORE));
    version.serve(4, { ...usual, every: 5 });
    assert.ok(version.finds().includes(SCORE));
  });

  it('is silent in seven quiet weeks, though scores of rows that it learnt from were surer', () => {
    assert.equal(firstAlarm(serving().serve(49)), -1);
  });

  it('learns nothing while a column has moved: scores move with it', () => {
    const version = serving();
    const moved: World = { ...usual, moved: 1 };
    version.serve(5);
    const found = version.serve(22, moved);
    assert.ok(firstAlarm(found) < 24 && found.at(-1)!.includes('first location'));
    assert.ok(!version.finds().includes(SCORE), 'days of the drift do not count among the three weeks');
  });

  it('makes no alarm see that finds no change of a column', () => {
    const finds = [
      { column: 'first', of: 'number', least: null },
      { column: SCORE, of: 'number', least: 0.2 },
    ] as const;
    assert.ok(isBlind(finds));
    assert.ok(!isBlind([{ ...finds[0], least: 0.2 }, finds[1]]));
  });

  it('takes nothing from the columns, whose limits stay as they are without it', () => {
    assert.deepEqual(errorsAllowed(inputs, '1 a year').atOnce, allowed.atOnce);
    const { steps } = errorsAllowed(inputs, '1 a year');
    for (const [id, limit] of Object.entries(steps)) assert.equal(allowed.steps[id], limit);
    assert.ok(
      allowed.steps[`${SCORE}/location`]! > Object.values(steps)[0]!,
      'of two columns it gets less than they do',
    );
  });
});
