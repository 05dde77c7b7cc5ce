import { binsOf } from '../support/data/bins.ts';
import { type Binning } from '../../core/data/profiles/binning.ts';
import { judge } from '../../core/drift/compare.ts';
import { type Level } from '../../core/drift/verdict.ts';
import { parsePipeline } from '../../core/declaration/pipeline.ts';
import { countRow, emptyProfile, type Profile } from '../../core/data/profiles/profile.ts';
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

  it('is hardly ever judged to drift severely in quiet weeks, and soon is when the world changes', () => {
    const binning = binsOf(
      pipeline,
      measured(0, 24).map(({ reading }) => ({ ...reading })),
    );
    const levels = (rows: Measured[], from: number, to: number): Level[] => {
      const found: Level[] = [];
      for (let day = from; day < to; day += 0.25) {
        const hours = [0, 1, 2, 3, 4, 5].map((hour) => (day * 24 + hour) % 24);
        const reference = count(
          binning,
          measured(20, 24).filter((one) => hours.includes(hourOf(one))),
        );
        const window = rows.filter(({ reading: { measured_at: time } }) => time >= at(day) && time < at(day + 0.25));
        found.push(judge({ reference, current: count(binning, window), pipeline, binning }).level);
      }
      return found;
    };
    const quiet = levels(measured(24, 34), 24, 34);
    assert.ok(quiet.filter((level) => level === 'severe').length <= 1, quiet.join(' '));
    assert.ok(quiet.filter((level) => level === 'stable').length >= 32, quiet.join(' '));
    const moved = levels(measured(24, 27, at(24)), 25, 27);
    assert.ok(moved.filter((level) => level === 'severe').length >= 4, moved.join(' '));
  });
});

const hourOf = ({ reading }: Measured): number => new Date(reading.measured_at).getUTCHours();

function count(binning: Binning, rows: Measured[]): Profile {
  const profile = emptyProfile(binning);
  for (const row of rows) countRow(profile, binning, { ...row.reading, hour_of_day: hourOf(row) });
  return profile;
}
