import { binsOf } from '../support/data/bins.ts';
import { featuresOf, votes } from '../../core/columns/index.ts';
import { type Row } from '../../core/data/data.ts';
import { type ColumnAlarm, errorsAllowed, hourSums, type HourSums } from '../../core/drift/alarm/alarm.ts';
import { contrastsOf } from '../../core/drift/alarm/contrasts.ts';
import { addRows, decide } from '../../core/drift/alarm/judge-hour.ts';
import { learnAtOnce } from '../../core/drift/alarm/learning/past.ts';
import { sumsAt } from '../../core/drift/alarm/spread.ts';
import { levelOfAlarm } from '../../core/drift/alarm/level.ts';
import { modelOf } from '../../core/drift/alarm/model.ts';
import { usualRate } from '../../core/drift/alarm/rate.ts';
import { judge } from '../../core/drift/compare.ts';
import { type Level } from '../../core/drift/verdict.ts';
import { parsePipeline } from '../../core/declaration/pipeline.ts';
import { addProfiles, countRow, emptyProfile, type Profile } from '../../core/data/profiles/profile.ts';
import { DAY, HOUR, instant } from '../../core/time/time.ts';
import declaration from '../../pipelines/air-quality.ts';
import { createStations, type Measured } from '../../pipelines/air-quality/readings.ts';
import assert from 'node:assert/strict';

const pipeline = parsePipeline(declaration, 'air-quality.ts');
const START = Date.parse('2026-01-01T00:00:00.000Z');
const options = { seed: 7, stations: 40, driftSince: null };
const at = (days: number): string => instant(START + days * DAY);
const measured = (from: number, to: number, driftSince: string | null = null): Measured[] => [
  ...createStations({ ...options, driftSince }).between(at(from), at(to)),
];

describe('the air-quality simulation', () => {
  it('has one reading per station and hour, the same whatever stretch is asked for', () => {
    const whole = measured(3, 5);
    assert.equal(whole.length, 40 * 48);
    assert.deepEqual(measured(4, 5), whole.slice(40 * 24));
  });

  it('holds what the declaration allows', () => {
    for (const { reading } of measured(3, 6))
      for (const [name, column] of Object.entries(pipeline.columns)) {
        const value = reading[name as keyof typeof reading];
        if (column.kind === 'number' && value !== null)
          assert.ok(Number(value) >= column.min! && Number(value) <= column.max!, `${name} is ${value}`);
        if (column.kind === 'category') assert.ok(column.levels!.includes(String(value)), `${name} is ${value}`);
        if (column.kind === 'boolean') assert.equal(typeof value, 'boolean');
      }
  });

  it('gives the outcome a day later, within the time that the declaration waits', () => {
    const byId = new Map(measured(4, 6).map(({ reading }) => [reading.reading_id, reading]));
    let told = 0;
    for (const { reading, outcome } of measured(3, 5)) {
      if (!outcome) continue;
      const [station, hour] = [reading.station, Date.parse(reading.measured_at) / HOUR];
      const next = byId.get(`${station}-${hour + 24}`);
      if (next) assert.equal(outcome.pm25, next.pm25);
      const waited = Date.parse(outcome.observed_at) - Date.parse(reading.measured_at);
      assert.ok(waited >= DAY && waited <= DAY + 3 * HOUR);
      told++;
    }
    assert.ok(told > 1_850, `${told} of 1,920`);
  });

  it('raises no alarm in quiet days, and is judged to drift severely within a day and a half of a change', () => {
    const moved = LEARNT_DAYS + 4;
    const quiet = hourly(measured(0, moved + 1));
    const binning = binsOf(pipeline, quiet.slice(0, LEARNT_DAYS * 24).flat());
    const count = (rows: Row[]): Profile => rows.reduce<Profile>((profile, row) => (countRow(profile, binning, row), profile), emptyProfile(binning)); // prettier-ignore
    const profiles = quiet.map(count);
    const changed = hourly(measured(moved, moved + 1.5, at(moved))).map(count);
    const reference = profiles.slice((LEARNT_DAYS - 2) * 24, LEARNT_DAYS * 24).reduce(addProfiles);
    const voting = Object.entries(featuresOf(pipeline.columns)).filter(([, column]) => votes(column));
    const contrasts = contrastsOf(binning, reference, voting.map(([name]) => name)); // prettier-ignore
    const allowed = errorsAllowed(contrasts, usualRate);
    const sums = (profile: Profile, hour: number): HourSums => hourSums(contrasts, { hour: at(hour / 24), profile });

    const learnt = profiles.slice(0, LEARNT_DAYS * 24).map(sums);
    const { contrasts: known } = learnAtOnce(contrasts, allowed, learnt);
    const watched = contrasts.map((contrast) => {
      const { past, now } = known[contrast.id]!;
      return { contrast, now, model: modelOf(past, contrast, allowed)! };
    });
    const raisedAt = (hour: number, profile: Profile): ColumnAlarm[] =>
      watched.flatMap(({ contrast: { column, of }, now, model }, i) => {
        const time = START + hour * HOUR;
        addRows(now, model, time, sumsAt(contrasts[i]!, i, sums(profile, hour)));
        decide(now, model, time);
        const { open } = now;
        return open ? [{ column, of, direction: open.direction, since: instant(open.since), raisedAt: instant(open.raisedAt) }] : []; // prettier-ignore
      });
    const levels = (hours: Profile[], from: number): Level[] =>
      hours.map((profile, i) => {
        const hour = from + i;
        const raised = raisedAt(hour, profile);
        if (raised.length === 0) return 'stable';
        const current = [...profiles.slice(0, from), ...hours].slice(hour - 23, hour + 1).reduce(addProfiles);
        const judged = judge({ reference, current, pipeline, binning });
        return levelOfAlarm({ rate: usualRate, raised }, judged, pipeline.drift);
      });
    const before = levels(profiles.slice(LEARNT_DAYS * 24, moved * 24), LEARNT_DAYS * 24);
    assert.ok(before.every((level) => level === 'stable'), before.join(' ')); // prettier-ignore
    const after = levels(changed, moved * 24);
    assert.ok(after.indexOf('drifting') < 12 && after.includes('severe'), after.join(' '));
  });
});

const LEARNT_DAYS = 12;

/** The rows of each hour, as they are counted. */
function hourly(all: readonly Measured[]): Row[][] {
  const byHour = new Map<string, Row[]>();
  for (const { reading } of all) {
    const rows = byHour.get(reading.measured_at) ?? [];
    byHour.set(reading.measured_at, rows);
    rows.push({ ...reading, hour_of_day: new Date(reading.measured_at).getUTCHours() });
  }
  return [...byHour.values()];
}
