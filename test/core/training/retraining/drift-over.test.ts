import { aPipeline } from '../../drift/drifting.ts';
import { brokenInstead, overInWords, overSince } from '../../../../core/training/retraining/drift-over.ts';
import { type Verdict } from '../../../../core/drift/verdict.ts';
import { before } from '../../../../core/time/time.ts';
import { aDriftReport } from '../../../reports/fixtures.ts';
import assert from 'node:assert/strict';

const NOW = '2026-03-10T12:00:00.000Z';
const { verdict: stable } = aDriftReport({ moved: false });
const far = aDriftReport().verdict.columns;
const check = (hoursAgo: number, changes: Partial<Verdict> = {}): Verdict => ({
  ...stable,
  level: 'stable',
  abstained: null,
  asOf: before(NOW, `${hoursAgo} hours`),
  ...changes,
});
const severe = { level: 'severe', columns: far } as const;
const over = (...checks: Verdict[]) => overSince(checks, { window: '24 hours' }, NOW);

describe('a drift that asked for a training', () => {
  it('is over when checks have been stable for a whole window, since the first of them', () => {
    assert.equal(over(check(0), check(12), check(24), check(25, severe)), before(NOW, '24 hours'));
    assert.equal(over(check(0), check(12), check(23), check(24, severe)), null, 'not for long enough');
    assert.equal(over(check(0), check(30)), before(NOW, '30 hours'), 'as far back as is known');
    assert.equal(over(check(0, severe), check(48)), null);
  });

  it('is not known to be over by checks that could not tell, that are old, or of a column that lies far away', () => {
    assert.equal(over(), null);
    assert.equal(over(check(0), check(12, { unsure: 'too little past' }), check(48)), null);
    assert.equal(over(check(0, { abstained: 'too few rows' }), check(30)), null, 'the newest that told is old');
    assert.equal(over(check(1, { abstained: 'too few rows' }), check(2), check(30)), before(NOW, '30 hours'));
    assert.equal(over(check(0, { columns: far }), check(30)), null, 'it may have become usual');
    const score = { ...far[0]!, column: 'score', drifted: true, votes: false };
    assert.equal(over(check(0, { score }), check(30)), null, 'and so may the score');
  });

  it('turned out to be data quality when the newest check that could tell finds nothing else', () => {
    const { drift } = aPipeline({ a: { kind: 'number' } }, { warn: 0.1, severe: 0.2 });
    const column = { ...far[0]!, kind: 'number' as const, drifted: true, votes: true, weight: 1 };
    const steady = { ...column, column: 'steady', drifted: false };
    const rescaled = { level: 'severe' as const, columns: [{ ...column, rescaled: 1000 }, steady] };
    const instead = (...checks: Verdict[]) => brokenInstead('fraud', checks, drift, NOW);
    assert.match(instead(check(0, rescaled), check(1, severe))!, /^what looked like drift is data quality: .* is on another scale.* retrain fraud$/); // prettier-ignore
    assert.match(instead(check(0, { abstained: 'too few rows' }), check(1, rescaled))!, /data quality/);
    assert.equal(instead(), null);
    assert.equal(instead(check(0), check(1, rescaled)), null, 'it is right again');
    assert.equal(instead(check(30, rescaled)), null, 'the newest is old');
    assert.equal(instead(check(0, { level: 'severe', columns: [column, steady] })), null, 'it is drift');
    const both = [...rescaled.columns, { ...column, column: 'moved' }];
    assert.equal(instead(check(0, { level: 'severe', columns: both })), null, 'another column drifted too');
  });

  it('says so, and how to train all the same', () => {
    assert.match(overInWords('fraud', NOW), /is over: checks have been stable since 2026-03-10T12:00Z, .* retrain fraud --force$/); // prettier-ignore
  });
});
