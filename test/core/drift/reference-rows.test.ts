import { makeBinning, makeBins } from '../../../core/data/profiles/binning.ts';
import { countRow, emptyProfile, type Profile } from '../../../core/data/profiles/profile.ts';
import { createRandom } from '../../../core/base/random.ts';
import { judge } from '../../../core/drift/compare.ts';
import {
  daysDiffer,
  firstChoice,
  halfOf,
  HALVES,
  likeRows,
  type LikeRows,
} from '../../../core/drift/reference/like-rows.ts';
import {
  createThinner,
  hoursByPart,
  hoursOfDay,
  partOf,
  PARTS,
  weightedSum,
} from '../../../core/drift/reference/parts.ts';
import { likeInWords } from '../../../core/drift/reference/words.ts';
import { DAY, HOUR, instant } from '../../../core/time/time.ts';
import { aPipeline } from './drifting.ts';
import assert from 'node:assert/strict';

/** A Monday. */
const START = Date.parse('2026-03-02T00:00:00.000Z');
const at = (days: number): string => instant(START + days * DAY);
const ROWS = 20;
const columns = { traffic: { kind: 'number' }, other: { kind: 'number' } } as const;

type Rhythm = (weekend: boolean, hour: number, day?: number) => number;
const flat: Rhythm = () => 0;
const daily: Rhythm = (_, hour) => (hour < 12 ? -1 : 1);
const weekly: Rhythm = (weekend) => (weekend ? -1.5 : 0);
const both: Rhythm = (weekend, hour) => daily(weekend, hour) * (weekend ? -1 : 1);

const sample = Array.from({ length: 2_000 }, (_, i) => createRandom(i).normal(0, 1.5));
const bins = makeBins(Float64Array.from(sample));
const binning = makeBinning({ traffic: bins, other: bins });

/** Rows of each hour of a stretch, counted apart. */
function count(from: number, to: number, rhythm: Rhythm, places: number, placeOf: (time: number) => number): Profile[] {
  const profiles = Array.from({ length: places }, () => emptyProfile(binning));
  for (let time = START + from * DAY; time < START + to * DAY; time += HOUR) {
    const random = createRandom(`${time}`);
    const day = new Date(time).getUTCDay();
    const mean = rhythm(day % 6 === 0, new Date(time).getUTCHours(), day);
    for (let row = 0; row < ROWS; row++)
      countRow(profiles[placeOf(time)]!, binning, { traffic: random.normal(mean), other: random.normal() });
  }
  return profiles;
}

/** A check of a window against a reference of the fortnight before, both of them with a rhythm. */
function check(days: [number, number], rhythm: Rhythm, now = rhythm, drift: Parameters<typeof aPipeline>[1] = {}) {
  const pipeline = aPipeline(columns, { minRows: 100, ...drift });
  const window = { from: at(days[0]), to: at(days[1]) };
  const wanted = firstChoice(pipeline.drift, window);
  if (wanted.days.used) wanted.days = daysDiffer(count(0, 14, rhythm, HALVES, halfOf), pipeline, binning);
  const [all] = count(0, 14, rhythm, 1, () => 0);
  const byPart = count(0, 14, rhythm, PARTS, (time) => partOf(time, wanted.days.weekend));
  const period = { from: at(0), to: at(14) };
  const { reference, like } = likeRows({ pipeline, binning, window, period, all: all!, byPart }, wanted);
  const [current] = count(days[0], days[1], now, 1, () => 0);
  return { like, rows: reference.rows, drifted: judge({ pipeline, binning, reference, current: current! }).columns.filter((c) => c.drifted).map((c) => c.column) }; // prettier-ignore
}
const because = ({ hours, days }: LikeRows): string => `${hours.because}, ${days.because}`;
const [saturday, monday] = [19, 14];

describe('the rows that a window is compared with', () => {
  it('are those of weekends on a Saturday of a column with another rhythm at weekends, which is not called drifted', () => {
    const quiet = check([saturday, saturday + 1], weekly);
    assert.deepEqual([quiet.like.days, quiet.drifted], [{ used: true, because: 'differs', column: 'traffic' }, []]);
    assert.equal(quiet.rows, 4 * 24 * ROWS);
    assert.deepEqual(check([saturday, saturday + 1], weekly, weekly, { sameHours: false }).drifted, ['traffic']);
  });

  it('are those of Fridays and Saturdays, or of Thursdays and Fridays, where people rest then', () => {
    for (const rest of [
      [5, 6],
      [4, 5],
    ]) {
      const elsewhere: Rhythm = (_weekend, _hour, day) => (rest.includes(day!) ? -1.5 : 0);
      for (const first of [monday + 3, monday + 3.5, monday + 6]) {
        const { like, drifted, rows } = check([first, first + 1], elsewhere);
        assert.deepEqual([like.days.weekend, drifted], [rest, []], `${rest.join()} on day ${first}`);
        assert.ok(rows >= 4 * 12 * ROWS);
      }
      assert.deepEqual(check([monday + 4, monday + 5], elsewhere, flat).drifted, ['traffic']);
    }
  });

  it('show that a weekend changed to what a working day is', () => {
    assert.deepEqual(check([saturday, saturday + 1], weekly, flat).drifted, ['traffic']);
  });

  it('have as many of weekends as a window that begins on Friday', () => {
    assert.deepEqual(check([saturday - 0.5, saturday + 0.5], both).drifted, []);
    assert.deepEqual(check([saturday - 0.5, saturday + 0.5], both, daily).drifted, ['traffic']);
  });

  it('are those of the same hours for a short window, where a column differs by the hour', () => {
    const morning = check([monday, monday + 0.25], daily);
    assert.deepEqual([because(morning.like), morning.rows, morning.drifted], ['differs, alike', 14 * 6 * ROWS, []]);
    assert.deepEqual(check([monday, monday + 0.25], daily, (weekend, hour) => -daily(weekend, hour)).drifted, ['traffic']); // prettier-ignore
  });

  it('are all rows where nothing differs, where the window has all of them, and where too few are like it', () => {
    const told = (days: [number, number], rhythm: Rhythm, drift = {}) => {
      const { like, rows } = check(days, rhythm, rhythm, drift);
      return [because(like), rows];
    };
    const all = 14 * 24 * ROWS;
    assert.deepEqual(told([monday, monday + 0.25], flat), ['alike, alike', all]);
    assert.deepEqual(told([monday, monday + 7], both), ['covered, covered', all]);
    assert.deepEqual(told([monday, monday + 0.25], daily, { minRows: 5_000 }), ['few, alike', all]);
    assert.deepEqual(told([saturday, saturday + 1], weekly, { minRows: 5_000 }), ['covered, few', all]);
  });

  it('are of the same hours, however few, and never of weekends, where the declaration says so', () => {
    const yes = check([monday, monday + 0.25], flat, flat, { sameHours: true, minRows: 5_000 });
    assert.deepEqual([because(yes.like), yes.rows], ['declared, alike', 14 * 6 * ROWS]);
    assert.equal(because(check([saturday, saturday + 0.25], both, both, { sameHours: false }).like), 'declared, declared'); // prettier-ignore
  });

  it('are all rows where the reference has one day of a weekend, or days that differ anyway', () => {
    const pipeline = aPipeline(columns);
    assert.equal(daysDiffer(count(0, 6, weekly, HALVES, halfOf), pipeline, binning).because, 'few');
    const wandering = [0, 2, -1.5, 0, 1.5, -1.4, 1.4].flatMap((mean, day) =>
      count(day, day + 1, () => mean, HALVES, halfOf).filter(({ rows }) => rows > 0),
    );
    const fromSunday = [...wandering.slice(-2), ...wandering.slice(0, -2)];
    assert.equal(daysDiffer(fromSunday, pipeline, binning).because, 'alike');
  });

  it('are told with the reason', () => {
    assert.equal(
      likeInWords(check([saturday, saturday + 1], weekly).like),
      "rows of the reference with the window's share of weekend rows, since traffic is different at weekends; the window has each hour of the day",
    );
    const like = check([saturday, saturday + 1], weekly).like;
    assert.match(
      likeInWords({ ...like, days: { ...like.days, weekend: [5, 6] } }),
      /with the window's share of rows of Friday and Saturday, since traffic is different then/,
    );
    assert.equal(
      likeInWords(check([monday, monday + 0.25], daily).like),
      'rows of the reference of the same hours of the day, since traffic is different at others; no column differs at weekends',
    );
    assert.equal(
      likeInWords(check([monday, monday + 1], flat).like),
      'all rows of the reference: the window has each hour of the day; no column differs at weekends',
    );
  });
});

describe('parts of a week', () => {
  const window = { from: '2026-03-06T22:45:00.000Z', to: '2026-03-07T01:30:00.000Z' }; // from Friday to Saturday

  it('hold as much of an hour as a window does', () => {
    const held = hoursByPart(window).flatMap((hours, part) => (hours > 0 ? [[part, hours]] : []));
    assert.deepEqual(held, [[22, 0.25], [23, 1], [24, 1], [25, 0.5]]); // prettier-ignore
    assert.deepEqual(hoursOfDay(window), [22, 23, 0, 1]);
  });

  it('thin rows out to the proportions of their weights', () => {
    const weights = Array.from({ length: PARTS }, (_, part) => (part === 9 ? 1 : part === 10 ? 0.25 : 0));
    const keeps = createThinner(weights);
    const kept = [0, 0, 0];
    for (let row = 0; row < 3_000; row++) if (keeps(START + (9 + (row % 3)) * HOUR)) kept[row % 3]!++;
    assert.deepEqual(kept.map((rows) => Math.round(rows / 50)), [20, 5, 0]); // prettier-ignore
  });

  it('count as rows what their unequal weights leave of them', () => {
    const [one, other] = count(0, 1, flat, 2, (time) => (time < START + DAY / 2 ? 0 : 1));
    assert.deepEqual(weightedSum([one!, other!], [1, 1], binning).rows, 480);
    const unequal = weightedSum([one!, other!], [3, 1], binning);
    assert.equal(unequal.rows, 384); // (3 + 1)² / (3² + 1²) of 240
    assert.ok(Math.abs(unequal.columns['traffic']!.counts.reduce((sum, rows) => sum + rows, 0) - 384) < 1e-6);
  });
});
