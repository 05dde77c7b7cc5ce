import { createRandom } from '../../../core/base/random.ts';
import { evidenceOfMore, leastShare, looksLikeMore } from '../../../core/sequential/events.ts';
import { golden, near } from './golden.ts';
import assert from 'node:assert/strict';

describe('evidence that one side causes more events', () => {
  it('equals its definition computed with fifty digits', () => {
    for (const { its, others, share, log } of golden.evidence) near(evidenceOfMore({ its, others }, share), log);
    for (const { its, others, alpha, share } of golden.leastShare) near(leastShare({ its, others }, alpha), share);
  });

  it('raises a false alarm in at most one of twenty runs, looked at after every event', () => {
    for (const share of [0.02, 0.1, 0.5]) {
      const alarms = runs(400).filter((random) => firstAlarm(random, { share, of: share, events: 1500 }) !== null);
      assert.ok(alarms.length <= 20, `${alarms.length} of 400 runs at a share of ${share}`);
    }
  });

  it('raises no more when the side has fewer events than its share', () => {
    const alarms = runs(400).filter((random) => firstAlarm(random, { share: 0.5, of: 0.4, events: 500 }) !== null);
    assert.ok(alarms.length <= 4, `${alarms.length} of 400`);
  });

  it('raises no more when both sides have the event on the same units', () => {
    const alarms = runs(400).filter((random) => {
      const events = { its: 0, others: 0 };
      for (let i = 0; i < 800; i++) {
        const both = random.uniform() < 0.6;
        const one = random.uniform() < 0.5;
        if (both || one) events.its++;
        if (both || !one) events.others++;
        if (evidenceOfMore(events, 0.5) >= Math.log(20)) return true;
      }
      return false;
    });
    assert.ok(alarms.length <= 20, `${alarms.length} of 400`);
  });

  it('detects twice as many failures within two hundred, at a share of a tenth', () => {
    const doubled = 0.2 / 1.1;
    const found = runs(200).map((random) => firstAlarm(random, { share: 0.1, of: doubled, events: 600 }) ?? Infinity);
    const median = found.toSorted((a, b) => a - b)[100]!;
    assert.ok(median < 200, `median ${median}`);
    assert.ok(found.filter((events) => events < Infinity).length > 190);
  });

  it('leaves the true share above the smallest possible one, looked at after every tenth event', () => {
    const missed = runs(200).filter((random) => {
      const events = { its: 0, others: 0 };
      for (let i = 1; i <= 1000; i++) {
        if (random.uniform() < 0.3) events.its++;
        else events.others++;
        if (i % 10 === 0 && leastShare(events, 0.05) > 0.3) return true;
      }
      return false;
    });
    assert.ok(missed.length <= 10, `${missed.length} of 200`);
  });

  it('agrees with the smallest possible share on what is proven', () => {
    for (let its = 0; its <= 40; its++)
      for (const others of [0, 3, 20, 100]) {
        const events = { its, others };
        assert.equal(leastShare(events, 0.01) > 0.1, evidenceOfMore(events, 0.1) >= Math.log(100), `${its}, ${others}`);
      }
  });

  it('knows nothing without events, and stays finite with millions', () => {
    assert.equal(evidenceOfMore({ its: 0, others: 0 }, 0.1), 0);
    assert.equal(leastShare({ its: 0, others: 5 }, 0.01), 0);
    assert.ok(Number.isFinite(evidenceOfMore({ its: 9e6, others: 1e6 }, 0.1)));
  });

  it('takes a few events out of few for chance', () => {
    assert.equal(looksLikeMore({ its: 1, others: 0 }, 0.1, 1.645), false);
    assert.equal(looksLikeMore({ its: 2, others: 0 }, 0.1, 1.645), true);
    assert.equal(looksLikeMore({ its: 0, others: 0 }, 0.1, 1.645), false);
  });
});

const runs = (count: number) => Array.from({ length: count }, (_, seed) => createRandom(seed));

/** After how many events the evidence reaches 20, which chance alone allows in one run of twenty. */
function firstAlarm(
  random: ReturnType<typeof createRandom>,
  { share, of, events: most }: { share: number; of: number; events: number },
): number | null {
  const events = { its: 0, others: 0 };
  for (let i = 1; i <= most; i++) {
    if (random.uniform() < of) events.its++;
    else events.others++;
    if (evidenceOfMore(events, share) >= Math.log(20)) return i;
  }
  return null;
}
