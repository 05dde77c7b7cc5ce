import { createRandom, type Random } from '../../../core/base/random.ts';
import { type Row } from '../../../core/data/data.ts';
import { categoryBins, makeBinning, SCORE, type Binning } from '../../../core/data/profiles/binning.ts';
import { type Profile } from '../../../core/data/profiles/profile.ts';
import { errorsAllowed, hourSums, judgeNext, type HourSums } from '../../../core/drift/alarm/alarm.ts';
import { contrastsOf } from '../../../core/drift/alarm/contrasts.ts';
import { findable, isBlind } from '../../../core/drift/alarm/findable.ts';
import { learnAtOnce } from '../../../core/drift/alarm/learning/past.ts';
import { type AlarmState } from '../../../core/drift/alarm/state/state.ts';
import { judge } from '../../../core/drift/compare.ts';
import { type ColumnDrift } from '../../../core/drift/verdict.ts';
import { whyWithheld } from '../../../core/performance/unseen.ts';
import { HOUR, instant } from '../../../core/time/time.ts';
import { aPipeline, countRows } from './drifting.ts';
import assert from 'node:assert/strict';

const columns = { merchant: { kind: 'category' } } as const;
const anyOf = (levels: number, prefix = 'shop') => (random: Random): Row => ({ merchant: `${prefix} ${random.integer(levels)}` }); // prettier-ignore
const oneLevel = (): Row => ({ merchant: 'shop 0' });
/** Of which the bins know fifty. */
const binningOf = (levels: number): Binning =>
  makeBinning({ merchant: categoryBins(Array.from({ length: levels }, (_, i) => ({ level: `shop ${i}`, rows: levels - i }))) }); // prettier-ignore

describe('a category with many levels', () => {
  const compare = (levels: number, now: (random: Random) => Row): ColumnDrift => {
    const binning = binningOf(levels);
    const [reference, current] = [countRows(binning, 5_000, anyOf(levels), 1), countRows(binning, 5_000, now, 2)];
    return judge({ reference, current, pipeline: aPipeline(columns), binning }).columns[0]!;
  };

  for (const levels of [30, 60, 100, 1_000]) {
    it(`drifts when each of ${levels} is replaced by new ones, and when one has all rows`, () => {
      for (const now of [anyOf(levels, 'new'), oneLevel]) {
        const { drifted, distances } = compare(levels, now);
        assert.equal(drifted, true, JSON.stringify(distances.psi));
        assert.ok(distances.chiSquared!.p! < 1e-6);
      }
      assert.equal(compare(levels, anyOf(levels)).drifted, false);
    });
  }

  it('is estimated for only while the levels are those of the holdout', () => {
    const binning = binningOf(60);
    const score = countRows(binning, 0, anyOf(60), 1).columns[SCORE]!;
    const why = (now: (random: Random) => Row): string =>
      whyWithheld(countRows(binning, 5_000, anyOf(60), 1), countRows(binning, 500, now, 2), {
        columns: ['merchant'],
        score,
      }) ?? 'estimated';
    assert.equal(why(anyOf(60)), 'estimated');
    assert.match(why(anyOf(60, 'new')), /^8\d % of merchant are values that the holdout does not have$/);
  });
});

describe('the alarm about a category with many levels', () => {
  const START = Date.parse('2026-01-05T00:00:00.000Z');
  const HOURS = 14 * 24;
  const ROWS = 60;
  const watched = (levels: number) => {
    const binning = binningOf(levels);
    const hour = (i: number, make = anyOf(levels)): Profile => countRows(binning, ROWS, make, i);
    const contrasts = contrastsOf(binning, countRows(binning, 5_000, anyOf(levels), 0), ['merchant']);
    const allowed = errorsAllowed(contrasts, '1 a year');
    const sums = (i: number, make?: typeof oneLevel): HourSums =>
      hourSums(contrasts, { hour: instant(START + i * HOUR), profile: hour(i, make) });
    const past = Array.from({ length: HOURS }, (_, i) => sums(i + 1));
    const state: AlarmState = { upTo: instant(START + HOURS * HOUR), ...learnAtOnce(contrasts, allowed, past) };
    const raisedBy = (make?: (random: Random) => Row): string[] => {
      const served = Array.from({ length: 24 }, (_, i) => sums(HOURS + 1 + i, make as typeof oneLevel));
      const judging = judgeNext(structuredClone(state), contrasts, allowed, served);
      const { value } = judging.next();
      return [...new Set((value ?? []).map(({ column, of }) => `${column} ${of}`))];
    };
    return { contrasts, raisedBy, finds: findable(state, contrasts, allowed, ROWS * 168) };
  };

  for (const levels of [60, 100, 1_000])
    it(`is raised when all of ${levels} are new, or one level has all rows`, () => {
      const { raisedBy, finds } = watched(levels);
      assert.deepEqual(raisedBy(anyOf(levels, 'new')), ['merchant levels']);
      assert.deepEqual(raisedBy(oneLevel), ['merchant levels']);
      assert.deepEqual(raisedBy(), []);
      assert.ok(finds[0]!.least! > 0.02 && finds[0]!.newLevels, JSON.stringify(finds));
    });

  it('has a contrast a run of rare levels, not one a level, and tells each by another id than an earlier release', () => {
    const { contrasts } = watched(100);
    const ids = contrasts.filter(({ of }) => of === 'levels').map(({ id }) => id);
    assert.ok(ids.length <= 7, ids.join(', '));
    assert.ok(!ids.some((id) => /levels\/\d+$/.test(id)), ids.join(', '));
  });

  it('is told to find nothing where nearly all rows have levels that the bins do not know', () => {
    const { finds } = watched(50_000);
    assert.deepEqual(finds, [{ column: 'merchant', of: 'category', least: null }]);
    assert.equal(isBlind(finds), true);
  });
});

describe('a category with few levels', () => {
  it('has the contrasts that it had, under the ids that states are stored by', () => {
    const binning = makeBinning({ country: categoryBins(['DE', 'FR', 'IT', 'PT'].map((level, i) => ({ level, rows: 9 - i }))) }); // prettier-ignore
    const random = createRandom(1);
    const make = (): Row => ({
      country: random.uniform() < 0.03 ? random.pick(['IT', 'PT']) : random.pick(['DE', 'FR']),
    });
    const contrasts = contrastsOf(binning, countRows(binning, 5_000, make, 1), ['country']);
    assert.deepEqual(contrasts.map(({ id }) => id), ['country/levels/0', 'country/levels/1', 'country/levels/2', 'country/nulls']); // prettier-ignore
  });
});
