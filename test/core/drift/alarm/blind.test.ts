import { whyBlind } from '../../../../core/drift/alarm/blind.ts';
import { errorsAllowed, hourSums } from '../../../../core/drift/alarm/alarm.ts';
import { contrastsOf } from '../../../../core/drift/alarm/contrasts.ts';
import { findable, isBlind } from '../../../../core/drift/alarm/findable.ts';
import { learnAtOnce } from '../../../../core/drift/alarm/learning/past.ts';
import { blindInWords } from '../../../../core/drift/alarm/words.ts';
import { createRandom, type Random } from '../../../../core/base/random.ts';
import { type Row } from '../../../../core/data/data.ts';
import { categoryBins, makeBinning, makeBins } from '../../../../core/data/profiles/binning.ts';
import { addProfiles, countRow, emptyProfile } from '../../../../core/data/profiles/profile.ts';
import { HOUR, instant } from '../../../../core/time/time.ts';
import assert from 'node:assert/strict';

const START = Date.parse('2026-01-05T00:00:00.000Z');
const LEARNT_HOURS = 14 * 24;

/** Learns a fortnight of rows; returns what is said of an alarm that is asked with so many rows a week, if it is blind. */
function saidOf(columns: string[], make: (random: Random, hour: number) => Row) {
  const rowsAt = (hour: number): Row[] => {
    const random = createRandom(`hour ${hour}`);
    return Array.from({ length: 30 }, () => make(random, hour));
  };
  const sample = Array.from({ length: 100 }, (_, hour) => rowsAt(hour)).flat();
  const binning = makeBinning(
    Object.fromEntries(
      columns.map((column) => {
        const values = sample.map((row) => row[column]);
        const isNumber = values.some((value) => typeof value === 'number');
        const levels = (column === 'flag' ? [] : ['DE', 'FR']).map((level, i) => ({ level, rows: 9 - i }));
        return [column, isNumber ? makeBins(Float64Array.from(values.filter((value) => value !== null), Number)) : categoryBins(levels)]; // prettier-ignore
      }),
    ),
  );
  const hours = Array.from({ length: LEARNT_HOURS }, (_, hour) => {
    const profile = emptyProfile(binning);
    for (const row of rowsAt(hour)) countRow(profile, binning, row);
    return { hour: instant(START + hour * HOUR), profile };
  });
  const reference = hours.map(({ profile }) => profile).reduce(addProfiles);
  const contrasts = contrastsOf(binning, reference, columns);
  const allowed = errorsAllowed(contrasts, '1 a year');
  const past = hours.map((hour) => hourSums(contrasts, hour));
  const known = learnAtOnce(contrasts, allowed, past);
  const state = { upTo: instant(START + LEARNT_HOURS * HOUR), ...known };
  return (rows: number): string | null =>
    isBlind(findable(state, contrasts, allowed, rows)) ? blindInWords(rows, whyBlind(state, contrasts, allowed)) : null;
}

describe('an alarm that finds no change', () => {
  it('blames few rows where more of them would do', () => {
    const said = saidOf(['amount', 'country'], (random) => ({
      amount: random.normal(),
      country: random.pick(['DE', 'FR']),
    }));
    assert.equal(said(10), '10 rows a week are too few to find a shift of one standard deviation in any column');
    assert.equal(said(5_000), null);
  });

  it('says of each column what keeps it from being watched', () => {
    const said = saidOf(['amount', 'flag', 'late', 'rare', 'wild'], (random, hour) => ({
      amount: random.normal(),
      flag: 'on',
      late: hour < 5 ? random.normal() : null,
      rare: String(random.uniform()),
      wild: Math.floor(hour / 24) % 2 === 0 ? random.normal(0, 0.01) : random.normal(100, 0.01),
    }));
    assert.equal(
      said(10),
      'a shift of one standard deviation would show in no column: 10 rows a week are too few for amount; ' +
        'too few hours with rows are known of late; all rows count as one value in flag; ' +
        'nearly all rows have levels that are too rare to be counted in rare; hours differ by more than that in wild',
    );
  });
});
