import { makeBinning, makeBins } from '../../../../core/data/profiles/binning.ts';
import { addProfiles, countRow, emptyProfile, type Profile } from '../../../../core/data/profiles/profile.ts';
import {
  errorsAllowed,
  hourSums,
  judgeNext,
  SETTLES_HOURS,
  type ColumnAlarm,
  type HourSums,
} from '../../../../core/drift/alarm/alarm.ts';
import { contrastsOf } from '../../../../core/drift/alarm/contrasts.ts';
import { learnAtOnce } from '../../../../core/drift/alarm/learning.ts';
import { type AlarmState } from '../../../../core/drift/alarm/state.ts';
import { readState, storedState } from '../../../../core/drift/alarm/stored-state.ts';
import { createRandom } from '../../../../core/base/random.ts';
import { HOUR, instant } from '../../../../core/time/time.ts';
import assert from 'node:assert/strict';

const START = Date.parse('2026-01-05T00:00:00.000Z');
const LEARNT = 14 * 24;
const ROWS = 6;
const columns = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

/** By how much columns moved, and how much of each row they share. */
interface World {
  moved?: Partial<Record<string, number>>;
  shared?: number;
}

const binning = makeBinning(
  Object.fromEntries(
    columns.map((column) => [column, makeBins(Float64Array.from({ length: 500 }, (_, i) => createRandom(`${column}${i}`).normal()))]), // prettier-ignore
  ),
);
function count(hour: number, { moved = {}, shared = 0 }: World): Profile {
  const profile = emptyProfile(binning);
  const random = createRandom(`hour ${hour}`);
  for (let row = 0; row < ROWS; row++) {
    const cause = random.normal();
    const own = Math.sqrt(1 - shared * shared);
    countRow(profile, binning, Object.fromEntries(columns.map((column) => [column, shared * cause + own * random.normal() + (moved[column] ?? 0)]))); // prettier-ignore
  }
  return profile;
}
const holdout = Array.from({ length: 96 }, (_, i) => count(LEARNT - 96 + i, {})).reduce(addProfiles);
const contrasts = contrastsOf(binning, holdout, columns);
const allowed = errorsAllowed(contrasts, '1 a year');
const sums = (hour: number, world: World): HourSums =>
  hourSums(contrasts, { hour: instant(START + hour * HOUR), profile: count(hour, world) });

/** Rows that come after a fortnight of which a version learnt; each hour says what the alarm is about. */
function serving(world: World) {
  const learnt = Array.from({ length: LEARNT }, (_, hour) => sums(hour, world));
  let state: AlarmState = {
    upTo: instant(START + LEARNT * HOUR),
    ...learnAtOnce(contrasts, allowed, learnt),
  };
  const recent: HourSums[] = [];
  let next = LEARNT;
  return (hours: number, moved: World['moved'] = {}): ColumnAlarm[][] =>
    Array.from({ length: hours }, () => {
      recent.push(sums(next++, { ...world, moved }));
      const { value } = judgeNext(state, contrasts, allowed, recent).next();
      if (recent.length > SETTLES_HOURS) recent.shift();
      state = readState(storedState(state));
      return value ?? [];
    });
}
const firstAlarm = (found: readonly ColumnAlarm[][]): number => found.findIndex((alarms) => alarms.length > 0);
const named = (alarms: readonly ColumnAlarm[]): string[] => alarms.map(({ column }) => column).sort();

describe('an alarm about several columns together', () => {
  const little = { a: 0.4, c: 0.4, e: -0.4, g: 0.4 };

  it('finds what is too little in each of four columns by itself, and names them', () => {
    const serve = serving({});
    assert.equal(firstAlarm(serve(7 * 24)), -1, 'quiet');
    const found = serve(48, little);
    const first = found[firstAlarm(found)]!;
    assert.ok(first.length > 0 && first.every(({ together }) => together));
    assert.deepEqual(named(found.at(-1)!), Object.keys(little));
    const [e] = found.at(-1)!.filter(({ column }) => column === 'e');
    assert.deepEqual([e!.of, e!.direction], ['location', 'lower']);
  });

  it('leaves to its own alarm what one column does', () => {
    const serve = serving({});
    serve(7 * 24);
    const found = serve(36, { a: 1 });
    assert.deepEqual(named(found.at(-1)!), ['a']);
    assert.equal(found.at(-1)![0]!.together, undefined);
  });

  it('takes columns that share a cause for no more than they are', () => {
    const serve = serving({ shared: 0.9 });
    assert.equal(firstAlarm(serve(16 * 24)), -1);
  });

  it('ends within a week of the end of the change', () => {
    const serve = serving({});
    serve(7 * 24);
    assert.notEqual(firstAlarm(serve(48, little)), -1);
    assert.deepEqual(serve(7 * 24).at(-1), []);
  });

  it('learns nothing while it lasts', () => {
    const serve = serving({});
    serve(7 * 24);
    serve(48, little);
    assert.deepEqual(named(serve(10 * 24, little).at(-1)!), Object.keys(little));
  });
});
