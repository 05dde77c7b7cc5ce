import { driftAlert } from '../../../core/alerts/rules/drift-alert.ts';
import { type Alarm, type ColumnAlarm } from '../../../core/drift/alarm/alarm.ts';
import { levelOf } from '../../../core/drift/alarm/level.ts';
import { findingsOf } from '../../../core/drift/findings/index.ts';
import { headline, standingOf } from '../../../core/drift/standing.ts';
import { type UsedReference } from '../../../core/drift/reference/kinds/index.ts';
import { columnsBehind, type ColumnDrift, type Verdict } from '../../../core/drift/verdict.ts';
import { farthestBefore, withWarned } from '../../../core/drift/warned.ts';
import { DAY, instant } from '../../../core/time/time.ts';
import { aDriftReport } from '../../reports/fixtures.ts';
import { aPipeline } from './drifting.ts';
import assert from 'node:assert/strict';

const START = Date.parse('2026-12-29T12:00:00.000Z');
const { drift } = aPipeline({ a: { kind: 'number' } });
const column = (name: string, psi: number): ColumnDrift => ({
  column: name,
  kind: 'number',
  distances: { psi: { value: psi, samplingError: 0, p: null } },
  nullShare: { reference: 0, current: 0 },
  mean: null,
  drifted: psi > 0.2,
  votes: true,
  weight: 1,
});
/** The alarm is blind for a, c and d, and finds changes of b and e. */
const finds = ['a', 'b', 'c', 'd', 'e'].map((name) => ({
  column: name,
  of: 'number' as const,
  least: 'be'.includes(name) ? 0.2 : null,
}));
const quiet: Alarm = { rate: '1 a year', raised: [], finds };
const raised: ColumnAlarm = { column: 'e', of: 'nulls', direction: 'lower', since: instant(START), raisedAt: instant(START) }; // prettier-ignore

const { reference: _, ...reported } = aDriftReport().verdict;

/** A check a quarter of a day, by how far a and b lie; returns the last one. */
function played(
  psis: readonly [a: number, b: number][],
  { alarm = quiet as Alarm | null, rows = 1_500 } = {},
): Verdict {
  let last: Verdict | undefined;
  psis.forEach(([a, b], i) => {
    const columns = [column('a', a), column('b', b), ...['c', 'd', 'e'].map((name) => column(name, 0.01))];
    const judged = { asOf: instant(START + (i * DAY) / 4), columns, rows: { reference: 9_000, current: rows } };
    const told = withWarned(
      alarm ? { alarm } : { unsure: 'too early' },
      { ...judged, abstained: null },
      last?.farthest,
      drift,
    );
    const level = levelOf(told, { level: 'severe', columns, score: null, abstained: null }, drift);
    last = { ...reported, ...judged, ...told, level, since: null };
  });
  return last!;
}
const calm: readonly [number, number][] = Array.from({ length: 30 }, () => [0.02, 0.3]);

describe('a column that the alarm is blind for', () => {
  it('warns when it lies much farther than ever before, and asks for no model', () => {
    const before = played(calm);
    assert.deepEqual([before.level, columnsBehind(before)], ['stable', []]);
    const moved = played([...calm, [2.06, 0.3], [2.06, 0.3]]);
    assert.deepEqual([moved.level, columnsBehind(moved)], ['drifting', ['a']]);
    assert.deepEqual(moved.columns.slice(0, 3).map((each) => standingOf(each, moved)), ['warned', 'far', 'within']); // prettier-ignore
    assert.equal(headline(moved), '1 of 5 columns lies farther from the holdout than before, and the alarm cannot tell whether that is usual'); // prettier-ignore
    const alert = driftAlert(moved, drift)!;
    assert.deepEqual([alert.severity, alert.summary], ['warning', 'fraud: drift in a']);
    assert.match(alert.detail, /these lie at least twice as far from the holdout as in any check of this champion before, and the alarm cannot tell whether that is usual:\n  a.*: PSI 2\.1 \(limit 0\.2\)/); // prettier-ignore
    assert.match(alert.detail, /trains no model for it while the alarm cannot judge/);
    const found = findingsOf(moved, drift).filter(({ kind }) => kind === 'inputs' || kind === 'unsure');
    assert.deepEqual(found.map(({ says }) => says), [
      'What the model is asked about moved: a.',
      'a lies at least twice as far from the holdout as in any check of this champion before, and the alarm cannot tell whether that is usual: it would find no large change there.',
    ]); // prettier-ignore
    assert.ok(found.every(({ follows }) => /no model/i.test(follows)));
  });

  it('does not become usual by lasting', () => {
    const weeks = Array.from({ length: 80 }, () => [2.06, 0.02] as [number, number]);
    assert.equal(played([...calm, ...weeks]).level, 'drifting');
    assert.equal(played([...calm, ...weeks, [0.02, 0.02]]).level, 'stable');
  });

  it('is only not known where it has been about as far all along, as a day of weather is from a week', () => {
    const weather = Array.from({ length: 30 }, (_, i) => [0.1 + (i % 5) * 0.4, 0.02] as [number, number]);
    const last = played([...weather, [3, 0.02]]);
    assert.deepEqual([last.level, standingOf(last.columns[0]!, last)], ['stable', 'unknown']);
    const first = played([[2.06, 0.02]]);
    assert.deepEqual([first.level, standingOf(first.columns[0]!, first)], ['stable', 'unknown'], 'nothing is known yet'); // prettier-ignore
  });

  it('says nothing of so few rows that a check by distances would abstain', () => {
    assert.equal(played([...calm, [2.06, 0.3]], { rows: drift.minRows - 1 }).level, 'stable');
  });

  it('is compared with checks of the same champion and reference alone', () => {
    const farthest = { a: { since: instant(START), times: 1 } };
    const days = { from: instant(START - 30 * DAY), to: instant(START) };
    const moved = { from: instant(START - 29 * DAY), to: instant(START + DAY) };
    const holdout = { kind: 'holdout', version: 3, ...days } as const;
    const last = { kind: 'last', asked: '30 days', ...days } as const;
    const spring = { kind: 'snapshot', tag: 'spring', snapshot: 's1', ...days } as const;
    const isKnown = (reference: UsedReference | undefined, now: UsedReference, version = 3): boolean =>
      farthestBefore({ version: 3, farthest, ...(reference && { reference }) }, { version, reference: now }) === farthest; // prettier-ignore
    assert.ok(isKnown(holdout, holdout) && isKnown(undefined, holdout) && isKnown(spring, { ...spring, tag: 'usual' }));
    assert.ok(isKnown(last, { ...last, ...moved }), 'one that moves is the same');
    assert.ok(!isKnown({ ...holdout, instead: 'too few rows' }, last), 'enough rows have come');
    assert.ok(!isKnown(last, { ...last, asked: '7 days' }) && !isKnown(undefined, last), 'another one is declared');
    assert.ok(!isKnown(spring, { ...spring, snapshot: 's2' }), 'the tag was moved');
    assert.ok(!isKnown(spring, spring, 4) && !isKnown(holdout, holdout, 4), 'another champion');
    assert.equal(farthestBefore(null, { version: 3, reference: holdout }), undefined);
  });

  it('is one of those behind an alarm about another, which decides how severe it is', () => {
    const both = played([...calm, [2.06, 0.3]], { alarm: { ...quiet, raised: [raised] } });
    assert.deepEqual([both.level, columnsBehind(both)], ['severe', ['e', 'a']]);
    assert.match(headline(both), /^1 of 5 columns unusual; 1 of 5 columns lies farther/);
    const { detail } = driftAlert(both, drift)!;
    assert.match(detail, /these are unusual.*:\n  e has been missing less often[^]*\n  a lies at least twice as far from the holdout/); // prettier-ignore
  });

  it('is as it was in verdicts of earlier releases, and while the alarm cannot judge at all', () => {
    const { finds: _, ...earlier } = quiet;
    assert.equal(played([...calm, [2.06, 0.3]], { alarm: earlier }).level, 'stable');
    const unsure = played([...calm, [2.06, 0.3]], { alarm: null });
    assert.deepEqual([unsure.level, unsure.alarm, unsure.farthest], ['drifting', undefined, undefined]);
  });
});

describe('what an alert about drift says matters most', () => {
  it('is no column that is as usual', () => {
    const score = { shift: 0.1, share: 1 };
    const explained = { q: 0, found: true, designEffect: 1, since: null, movers: [], score };
    const verdict = played(calm, { alarm: { ...quiet, raised: [raised] } });
    const of = (name: string): string =>
      driftAlert(
        { ...verdict, columns: verdict.columns.map((each) => (each.column === name ? { ...each, explained } : each)) },
        drift,
      )!.detail;
    assert.match(of('e'), /e matters most/);
    assert.doesNotMatch(of('b'), /matters most/);
  });
});
