import { levelOf, levelOfAlarm } from '../../../../core/drift/alarm/level.ts';
import { normalQuantile, studentFromNormal } from '../../../../core/drift/alarm/quantile.ts';
import { perHour, rateInWords } from '../../../../core/drift/alarm/rate.ts';
import { alarmedColumns, findsInWords, howUnusual } from '../../../../core/drift/alarm/words.ts';
import { type Alarm } from '../../../../core/drift/alarm/alarm.ts';
import { SCORE } from '../../../../core/data/profiles/binning.ts';
import { type ColumnDrift } from '../../../../core/drift/verdict.ts';
import { rateOf } from '../../../../core/drift/judging.ts';
import { aPipeline } from '../drifting.ts';
import assert from 'node:assert/strict';

const raised = (column: string, of: 'location' | 'nulls', since: string) =>
  ({ column, of, direction: 'higher', since, raisedAt: '2026-03-11T00:00:00.000Z' }) as const;
const alarm: Alarm = {
  rate: '1 a year',
  raised: [
    raised('device', 'nulls', '2026-03-10T09:00:00.000Z'),
    raised('amount', 'location', '2026-03-10T14:00:00.000Z'),
    raised('amount', 'nulls', '2026-03-10T12:00:00.000Z'),
  ],
};
const columns = { amount: { kind: 'number' }, device: { kind: 'category' } } as const;
const { drift } = aPipeline(columns, { falseAlarms: '1 a year' });
const column = (name: string, psi: number): ColumnDrift => ({
  column: name,
  kind: 'number',
  distances: { psi: { value: psi, samplingError: 0, p: null } },
  nullShare: { reference: 0, current: 0 },
  mean: null,
  drifted: psi > drift.psi!,
  votes: true,
  weight: 1,
});

describe("an alarm's words", () => {
  it('name each column once', () => {
    assert.deepEqual(alarmedColumns(alarm), ['device', 'amount']);
  });

  it('tell what is unusual by itself from what is so with others alone', () => {
    const higher = { of: 'location', direction: 'higher' } as const;
    assert.equal(howUnusual(higher), 'has been higher than usual');
    assert.equal(howUnusual({ ...higher, together: true }), 'has, like others, been higher than usual');
  });

  it('say what it finds: of numbers, of levels, of new levels, and where nothing', () => {
    const [device, merchant] = [{ column: 'device', of: 'category', least: 0.118 }, { column: 'merchant', of: 'category', least: 0.3, newLevels: true }] as const; // prettier-ignore
    assert.equal(
      findsInWords([{ column: 'amount', of: 'number', least: 0.3 }, device, merchant, { column: 'age', of: 'number', least: null }]), // prettier-ignore
      'amount from 0.3 standard deviations, device from 12 % more or fewer of a level, merchant from 30 % of rows with new levels, nothing in age',
    );
  });

  it('write a rate as people say it', () => {
    assert.deepEqual(['1 a year', '2 a year', '4 a month'].map(rateInWords), ['once a year', 'twice a year', '4 times a month']); // prettier-ignore
    assert.ok(Math.abs(perHour('1 a week') * 168 - 1) < 1e-12);
  });
});

describe("an alarm's level", () => {
  const judged = (level: 'stable' | 'severe', columns: ColumnDrift[]) => ({
    level,
    columns,
    score: null,
    abstained: null,
  });

  it('is stable without an alarm, however far columns went', () => {
    assert.equal(levelOfAlarm({ ...alarm, raised: [] }, judged('severe', [column('amount', 3)]), drift), 'stable');
  });

  it('is drifting when little moved, and severe by the share of columns or by one that went twice as far', () => {
    assert.equal(levelOfAlarm(alarm, judged('stable', [column('amount', 0.21)]), drift), 'drifting');
    assert.equal(levelOfAlarm(alarm, judged('stable', [column('amount', 0.5)]), drift), 'severe');
    assert.equal(levelOfAlarm(alarm, judged('stable', [column('other', 0.5)]), drift), 'drifting');
    assert.equal(levelOfAlarm(alarm, judged('severe', [column('amount', 0.1)]), drift), 'severe');
  });

  it('is severe by a score behind it that went twice as far', () => {
    const raised = [{ ...alarm.raised[0]!, column: SCORE, of: 'spread' as const }];
    const its = (score: number) => ({ ...judged('stable', [column('amount', 3)]), score: column(SCORE, score) });
    assert.equal(levelOfAlarm({ ...alarm, raised }, its(0.21), drift), 'drifting');
    assert.equal(levelOfAlarm({ ...alarm, raised }, its(0.5), drift), 'severe');
    assert.equal(levelOfAlarm(alarm, { ...judged('stable', []), score: column(SCORE, 0.5) }, drift), 'drifting');
  });

  it('is the share of drifted columns while nothing is known of what is usual, and no reason for a new model', () => {
    const share = (told: Parameters<typeof levelOf>[0]) =>
      levelOf(told, judged('severe', [column('amount', 3)]), drift);
    assert.equal(share({ unsure: 'it is too early' }), 'drifting');
    assert.equal(share({}), 'severe', 'where the declaration lets the share judge');
    assert.equal(levelOf({ unsure: 'it is too early' }, judged('stable', []), drift), 'stable');
  });
});

describe('how drift is judged', () => {
  const rate = (declared: Parameters<typeof aPipeline>[1]) => rateOf(aPipeline(columns, declared).drift);

  it('is by an alarm that is false once a year, where nothing is declared, or only who votes and what counts for one column', () => {
    assert.equal(rate({}), '1 a year');
    assert.equal(rate({ warn: 0.15, minRows: 50, window: '6 hours', weights: { amount: 0 } }), '1 a year');
    assert.equal(rate({ columns: { amount: { wasserstein: 0.3 } } }), '1 a year');
    assert.equal(rate({ falseAlarms: '4 a year', severe: 0.2 }), '4 a year');
  });

  it('is by the share of drifted columns, where that is declared or its numbers were tuned', () => {
    assert.equal(rate({ falseAlarms: 'off' }), null);
    for (const tuned of [{ warn: 0.1 }, { severe: 0.2 }, { psi: 0.25 }, { ks: 0.2 }, { nullShare: 0.05 }])
      assert.equal(rate(tuned), null, JSON.stringify(tuned));
  });
});

describe('quantiles far out', () => {
  // scipy.stats.norm.isf(p / 2), and scipy.stats.t.isf(scipy.stats.norm.sf(z), degrees)
  it('are those of scipy', () => {
    assert.ok(Math.abs(normalQuantile(0.05) - 1.959964) < 1e-5);
    assert.ok(Math.abs(normalQuantile(5e-7) - 5.026313) < 1e-3);
    for (const [z, degrees, t] of [
      [1.959964, 10, 2.2281],
      [5, 10, 11.1663],
      [5, 30, 6.3192],
      [5, 200, 5.1672],
    ] as const)
      // prettier-ignore
      assert.ok(Math.abs(studentFromNormal(z, degrees) / t - 1) < 0.02, `${z}, ${degrees}: ${studentFromNormal(z, degrees)}`);
  });
});
