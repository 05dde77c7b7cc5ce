import { asSentence, likeInWords, noticeFingerprint } from '../../../core/alerts/occurrence.ts';
import assert from 'node:assert/strict';

describe('what is silenced with an alert', () => {
  const fraud = { kind: 'drift', pipeline: 'fraud', fingerprint: 'drift/fraud' } as const;

  it('is said by kind, pipeline, and what else tells it from others', () => {
    assert.equal(likeInWords(fraud), 'later alerts of the kind drift of fraud');
    const missed = { kind: 'schedule-missed', pipeline: 'fraud', fingerprint: 'schedule-missed/fraud/data' } as const;
    assert.equal(likeInWords(missed), 'later alerts of the kind schedule-missed of fraud, data');
    const gone = { kind: 'temporal-gone', pipeline: null, fingerprint: 'temporal-gone' } as const;
    assert.equal(likeInWords(gone), 'later alerts of the kind temporal-gone');
  });

  it('is all that its automation tells of events, but not that it failed', () => {
    const of = (event: string | null) =>
      likeInWords({ ...fraud, kind: 'automation', fingerprint: noticeFingerprint('fraud', 'fresh', event) });
    assert.equal(of('run/1'), 'all that the automation fresh of fraud tells of events');
    assert.equal(of(null), 'later alerts of the kind automation of fraud, fresh');
  });
});

describe('a summary as a sentence', () => {
  it('ends with one stop, also where a person quoted something or put it in brackets', () => {
    assert.equal(asSentence('fraud: severe drift'), 'fraud: severe drift.');
    for (const whole of ['Look at it!', 'look at "orders."', 'look at it (and orders.)'])
      assert.equal(asSentence(whole), whole);
    assert.equal(asSentence('look at "orders"'), 'look at "orders".');
  });
});
