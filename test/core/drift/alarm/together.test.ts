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
import { learnAtOnce } from '../../../../core/drift/alarm/learning/past.ts';
import { type AlarmState } from '../../../../core/drift/alarm/state/state.ts';
import { readState, storedState } from '../../../../core/drift/alarm/state/stored-state.ts';
import { createRandom } from '../../../../core/base/random.ts';
import { HOUR, instant } from '../../../../core/time/time.ts';
import assert from 'node:assert/strict';

const START = Date.parse('2026-01-05T00:00:00.000Z');
const LEARNT = 14 * 24;
const ROWS = 8;
const columns = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

/** By how much columns moved, and how much of each row they share. */
interface World {
  moved?: Partial<Record<string, number>> | 'nothing comes';
  shared?: number;
}

const binning = makeBinning(
  Object.fromEntries(
    columns.map((column) => [column, makeBins(Float64Array.from({ length: 500 }, (_, i) => createRandom(`${column}${i}`).normal()))]), // prettier-ignore
  ),
);
function count(hour: number, { moved = {}, shared = 0 }: World): Profile {
  const profile = emptyProfile(binning);
  if (moved === 'nothing comes') return profile;
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
function serving(world: World, state: AlarmState, recent: HourSums[] = [], next = LEARNT) {
  return {
    serve: (hours: number, moved: World['moved'] = {}): ColumnAlarm[][] =>
      Array.from({ length: hours }, (_, i) => {
        if (i % 12 === 0) state = readState(storedState(state));
        recent.push(sums(next++, { ...world, moved }));
        const { value } = judgeNext(state, contrasts, allowed, recent).next();
        if (recent.length > SETTLES_HOURS) recent.shift();
        return value ?? [];
      }),
    copy: () => serving(world, structuredClone(state), [...recent], next),
  };
}
function learnt(world: World) {
  const hours = Array.from({ length: LEARNT }, (_, hour) => sums(hour, world));
  return serving(world, { upTo: instant(START + LEARNT * HOUR), ...learnAtOnce(contrasts, allowed, hours) });
}
const firstAlarm = (found: readonly ColumnAlarm[][]): number => found.findIndex((alarms) => alarms.length > 0);
const named = (alarms: readonly ColumnAlarm[]): string[] => alarms.map(({ column }) => column).sort();

describe('an alarm about several columns together', () => {
  const little = { a: 0.4, c: 0.4, e: -0.4, g: 0.4 };
  const quiet = learnt({});
  const ofQuiet = quiet.serve(7 * 24);

  it('finds what is too little in each of four columns by itself, and names them', () => {
    assert.equal(firstAlarm(ofQuiet), -1);
    const found = quiet.copy().serve(48, little);
    const first = found[firstAlarm(found)]!;
    assert.ok(first.length > 0 && first.every(({ together }) => together));
    assert.deepEqual(named(found.at(-1)!), Object.keys(little));
    const [e] = found.at(-1)!.filter(({ column }) => column === 'e');
    assert.deepEqual([e!.of, e!.direction], ['location', 'lower']);
  });

  it('leaves to its own alarm what one column does', () => {
    const alarms = quiet.copy().serve(36, { a: 1 }).at(-1)!;
    assert.deepEqual([named(alarms), alarms[0]!.together], [['a'], undefined]);
  });

  it('ends when no rows come for weeks', () => {
    const { serve } = quiet.copy();
    assert.notEqual(firstAlarm(serve(48, little)), -1);
    assert.deepEqual(serve(35 * 24, 'nothing comes').at(-1), []);
  });

  it('takes columns that share a cause for no more than they are', () => {
    assert.equal(firstAlarm(learnt({ shared: 0.9 }).serve(16 * 24)), -1);
  });

  it('lasts while the change does, of which it learns nothing, and ends within a week of its end', () => {
    const { serve } = quiet.copy();
    assert.deepEqual(named(serve(10 * 24, little).at(-1)!), Object.keys(little));
    assert.deepEqual(serve(7 * 24).at(-1), []);
  });
});
