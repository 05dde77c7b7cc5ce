import { parsePipeline } from '../../../core/declaration/pipeline.ts';
import { rateOf } from '../../../core/drift/judging.ts';
import {
  insteadInWords,
  isSameDrift,
  keptReference,
  lastDays,
  referenceInWords,
  rowsInWords,
  tooFewInWords,
} from '../../../core/drift/reference/choose.ts';
import { titleOf, type UsedReference } from '../../../core/drift/reference/kinds/index.ts';
import { aPipeline } from './drifting.ts';
import assert from 'node:assert/strict';

const day = (number: number, time = '00:00'): string => `2026-03-${String(number).padStart(2, '0')}T${time}:00.000Z`;
const [held, window] = [
  { from: day(1), to: day(31) },
  { from: day(20, '15:00'), to: day(21, '15:00') },
];
const days: UsedReference = { kind: 'last', asked: '7 days', from: day(13), to: day(20) };
const spring: UsedReference = { kind: 'snapshot', tag: 'spring', snapshot: 's1', from: day(1), to: day(9) };
const holdout: UsedReference = { kind: 'holdout', version: 3, from: day(1), to: day(9) };

describe('the reference of a drift check', () => {
  it('is whole days before the day in which the window begins, as far as data goes', () => {
    assert.deepEqual(lastDays('7 days', window, held, null), { from: day(13), to: day(20) });
    assert.deepEqual(lastDays('7 days', window, { from: day(15), to: day(18, '01:00') }, null), { from: day(15), to: day(18, '01:00') }); // prettier-ignore
  });

  it('has no rows from before the drift that the champion was trained for', () => {
    assert.deepEqual(lastDays('7 days', window, held, day(17, '06:00')), { from: day(17, '06:00'), to: day(20) });
    const none = lastDays('7 days', window, held, day(20, '20:00'));
    assert.equal(none.from, none.to);
  });

  it('stands still while a drift is reported, and moves on once that ended or another champion serves', () => {
    const kept = (level: 'severe' | 'stable', version: number, reference: UsedReference = days, asked = '7 days') =>
      keptReference({ last: asked }, { level, version, reference }, 3);
    assert.deepEqual(kept('severe', 3), days);
    assert.equal(kept('stable', 3), null);
    assert.equal(kept('severe', 2), null);
    assert.equal(kept('severe', 3, days, '30 days'), null, 'another one is declared');
    const instead: UsedReference = { ...holdout, instead: 'too few' };
    assert.deepEqual([kept('severe', 3, instead), kept('severe', 3, holdout)], [instead, null]);
  });

  it('follows a tag that somebody sets or moves, also while a drift is reported', () => {
    const instead: UsedReference = { ...holdout, instead: 'no snapshot has the tag "spring"' };
    for (const reference of [spring, instead])
      assert.equal(keptReference({ snapshot: 'spring' }, { level: 'severe', version: 3, reference }, 3), null);
  });

  it('of a tagged snapshot keeps the beginning of a drift when the champion changes; the holdout does not', () => {
    const isSame = (reference: UsedReference, now = reference): boolean =>
      isSameDrift({ version: 2, level: 'severe', reference }, { version: 3, reference: now });
    assert.deepEqual([isSame(spring), isSame(holdout), isSame(days), isSame(holdout, spring)], [true, false, false, false]); // prettier-ignore
  });

  it('is told in words, and why it is not the declared one', () => {
    const all: UsedReference[] = [holdout, days, spring, { ...spring, kind: 'labelled', asked: 20_000 }];
    assert.deepEqual(all.map((used) => titleOf(used)), ['Holdout of v3', 'Last 7 days', 'Snapshot "spring"', 'Last 20,000 labelled rows']); // prettier-ignore
    assert.equal(referenceInWords(days), 'Last 7 days (2026-03-13 to 2026-03-20)');
    assert.equal(rowsInWords({ version: 3, reference: days }), 'the last 7 days (2026-03-13 to 2026-03-20)');
    assert.equal(rowsInWords({ version: 3, reference: spring }), 'the snapshot "spring" (2026-03-01 to 2026-03-09)');
    assert.equal(rowsInWords({ version: 3, reference: holdout }), 'what v3 was tested on');
    const why = tooFewInWords(days, 12, 500);
    assert.equal(why, 'Last 7 days up to 2026-03-20: 12 rows, and a check needs 500 (drift.minRows)');
    assert.deepEqual(insteadInWords({ ...holdout, instead: why }), [`instead of the declared reference: ${why}`]);
  });

  it('takes the decision from the alarm, unless that is declared too', () => {
    const rate = (drift: Parameters<typeof aPipeline>[1]) => rateOf(aPipeline({ a: { kind: 'number' } }, drift).drift);
    assert.equal(rate({ reference: 'holdout' }), '1 a year');
    assert.equal(rate({ reference: { last: '30 days' } }), null);
    assert.equal(rate({ reference: { last: '30 days' }, falseAlarms: '4 a year' }), '4 a year');
  });

  it('is refused where it can never be used, or is none', () => {
    const refused = (reference: unknown): string => {
      const pipeline = aPipeline({ a: { kind: 'number' } });
      try {
        parsePipeline({ ...pipeline, drift: { ...pipeline.drift, reference } }, 'a.ts');
        return 'accepted';
      } catch (error) {
        return (error as Error).message;
      }
    };
    assert.match(refused({ last: '900 days' }), /drift\.reference\.last: must not be longer than source\.history/);
    assert.match(refused({ labelled: 200 }), /drift\.reference\.labelled: must be at least drift\.minRows \(500\)/);
    for (const none of ['spring', { last: '2 hours' }, { labelled: 1 }, { snapshot: 'Spring 1' }, { last: '7 days', labelled: 900 }])
      assert.match(refused(none), /drift\.reference/, JSON.stringify(none)); // prettier-ignore
  });
});
