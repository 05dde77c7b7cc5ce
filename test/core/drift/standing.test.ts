import { type Alarm, type ColumnAlarm } from '../../../core/drift/alarm/alarm.ts';
import {
  firstUnstable,
  headline,
  standingOf,
  unknownColumns,
  unusualColumns,
  unusualInWords,
} from '../../../core/drift/standing.ts';
import { type Since } from '../../../core/drift/explaining/change-point.ts';
import { behindInWords, raisedOrDrifted, type Verdict } from '../../../core/drift/verdict.ts';
import { SCORE } from '../../../core/data/profiles/binning.ts';
import { aDriftReport } from '../../reports/fixtures.ts';
import assert from 'node:assert/strict';

const { verdict } = aDriftReport();
const hour = (of: number, day = '03'): string => `2026-03-${day}T${String(of).padStart(2, '0')}:00:00.000Z`;
const raised = (column: string, since: string, raisedAt: string, of: ColumnAlarm['of'] = 'location'): ColumnAlarm => ({
  column,
  of,
  direction: 'higher',
  since,
  raisedAt,
});
const alarmed = (...all: ColumnAlarm[]): Verdict => ({
  ...verdict,
  alarm: { rate: '1 a year', raised: all } satisfies Alarm,
});
/** The same with the time of each column's change. */
const changed = (of: Verdict, since: Since | null): Verdict => ({
  ...of,
  columns: of.columns.map((column) => ({
    ...column,
    explained: { q: 0, found: true, designEffect: 1, since, movers: [], score: null },
  })),
});

describe('how a column stands', () => {
  const standing = (of: Verdict, name: string) =>
    standingOf(
      of.columns.find(({ column }) => column === name)!,
      of,
    );

  it('is far from the reference where the alarm decides and is not raised for it, and drifted where the share decides', () => {
    assert.equal(standing(verdict, 'merchant'), 'drifted');
    assert.equal(standing(alarmed(), 'merchant'), 'far');
    assert.equal(standing(alarmed(raised('merchant', hour(1), hour(4))), 'merchant'), 'unusual');
    assert.equal(standing(alarmed(raised('merchant', hour(1), hour(4))), 'online'), 'within');
  });

  it('is not known where the alarm is blind for a column that is far', () => {
    const finds = [
      { column: 'merchant', of: 'category', least: null },
      { column: 'amount', of: 'number', least: 0.3 },
      { column: 'online', of: 'category', least: 0.4 },
    ] as const;
    const blind = { ...verdict, alarm: { rate: '1 a year', raised: [], finds: [...finds] } };
    assert.deepEqual(['merchant', 'amount', 'online'].map((name) => standing(blind, name)), ['unknown', 'far', 'within']); // prettier-ignore
    assert.equal(
      headline(blind),
      'Nothing found unusual; 3 of 11 columns lie far from the holdout, and the alarm cannot tell whether that is usual for 1 of them; 1 other column cannot be judged',
    );
    const unusual = raised('merchant', hour(1), hour(4));
    assert.equal(standing({ ...blind, alarm: { ...blind.alarm, raised: [unusual] } }, 'merchant'), 'unusual');
  });

  it('is said of no column that the alarm is blind for, however near it lies', () => {
    const blindFor = (...names: string[]): Verdict => ({
      ...verdict,
      alarm: { rate: '1 a year', raised: [], finds: names.map((column) => ({ column, of: 'category', least: null })) },
    });
    const near = (of: Verdict): Verdict => ({ ...of, columns: of.columns.map((one) => ({ ...one, drifted: false })) });
    assert.equal(headline(near(alarmed())), 'Nothing unusual');
    assert.equal(headline(near(blindFor('online'))), 'Nothing found unusual; 1 of 11 columns cannot be judged');
    assert.equal(headline(blindFor('online')), 'Nothing found unusual; 3 of 11 columns lie far from the holdout; 1 of 11 columns cannot be judged'); // prettier-ignore
    assert.match(headline(blindFor('online', 'merchant')), /3 of 11 columns lie far from the holdout, and the alarm cannot tell whether that is usual for 1 of them; 1 other column cannot be judged/); // prettier-ignore
  });

  it('is behind nothing where a check abstained, though the alarm still holds it', () => {
    const held = alarmed(raised('merchant', hour(1), hour(4)));
    assert.deepEqual(behindInWords(held), ['merchant']);
    const abstained = 'The window has 0 rows';
    assert.deepEqual(behindInWords({ ...held, abstained }), []);
    assert.deepEqual([raisedOrDrifted(held), raisedOrDrifted({ ...held, abstained })], [['merchant'], []]);
    const alarm = { rate: '1 a year', raised: [], finds: [{ column: 'merchant', of: 'category', least: null } as const] }; // prettier-ignore
    assert.deepEqual([unknownColumns({ ...held, alarm }), unknownColumns({ ...held, alarm, abstained })], [['merchant'], []]); // prettier-ignore
  });

  it('says that the first unstable check is that of a champion, but far from a tagged snapshot that of any', () => {
    assert.equal(firstUnstable({ version: 4 }), 'the first check of v4 that was not');
    const reference = { kind: 'snapshot', snapshot: 's1', tag: 'spring', from: hour(0), to: hour(1) } as const;
    assert.equal(firstUnstable({ version: 4, reference }), 'the first check that was not');
  });

  it('makes the headline of a check: what decided, and under a stable level no drifted columns', () => {
    assert.equal(headline(verdict), '3 of 11 columns drifted');
    assert.equal(headline(alarmed()), 'Nothing unusual; 3 of 11 columns lie far from the holdout');
    const score = raised(SCORE, hour(1), hour(4));
    assert.equal(
      headline(alarmed(raised('online', hour(1), hour(4)), score)),
      '1 of 11 columns unusual, and the score',
    );
    assert.equal(headline(alarmed(score)), 'The score is unusual, no column is');
    const times = { from: hour(0), to: hour(1) };
    const last = { kind: 'last', asked: '30 days', ...times } as const;
    assert.match(headline({ ...alarmed(), reference: last }), /lie far from the reference$/);
  });
});

describe('what is unusual', () => {
  const told = (of: Verdict): string[] => unusualColumns(of).map((unusual) => unusualInWords(unusual));
  const twice = alarmed(
    raised('amount', hour(14), hour(20)),
    raised('merchant', hour(9), hour(16), 'levels'),
    raised('amount', hour(12), hour(22), 'nulls'),
  );

  it('has one time for each column: that of its change, with the hours between which it lies', () => {
    const since = { at: hour(17), from: hour(16), to: hour(19) };
    assert.deepEqual(told(changed(twice, since)), [
      'merchant has had other levels than usual since 2026-03-03T17:00Z (16:00 to 19:00)',
      'amount has been missing more often than usual since 2026-03-03T17:00Z (16:00 to 19:00)',
    ]);
    const [overnight] = told(changed(twice, { at: hour(1, '04'), from: hour(22), to: hour(2, '04') }));
    assert.match(overnight!, / since 2026-03-04T01:00Z \(03-03 22:00 to 03-04 02:00\)$/);
    const [long] = told(changed(twice, { at: null, from: null, to: hour(5) }));
    assert.match(long!, / since before 2026-03-03T05:00Z$/);
  });

  it('says "about" of the first hour that the alarm looks at, which is before the change', () => {
    assert.deepEqual(told(twice), [
      'merchant has had other levels than usual since about 2026-03-03T09:00Z',
      'amount has been missing more often than usual since about 2026-03-03T12:00Z',
    ]);
  });

  it('was raised at the first of the times, whatever about a column was raised', () => {
    assert.deepEqual(unusualColumns(twice).map(({ raisedAt }) => raisedAt), [hour(16), hour(20)]); // prettier-ignore
  });
});
