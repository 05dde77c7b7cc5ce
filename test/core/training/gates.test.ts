import { type MetricName } from '../../../core/metrics/index.ts';
import type { Difference } from '../../../core/metrics/bootstrap.ts';
import { judgeChallenger } from '../../../core/training/gates.ts';
import { type Metrics } from '../../../core/metrics/metrics.ts';
import { type Pipeline } from '../../../core/declaration/pipeline.ts';
import { type Evaluation } from '../../../core/training/training.ts';
import assert from 'node:assert/strict';

const gates = (changed: Partial<Pipeline['gates']> = {}): Pipeline['gates'] => ({
  metric: 'averagePrecision',
  margin: 0.01,
  minPositives: 30,
  minRows: 50,
  preferFresh: true,
  ...changed,
});
const scored = (averagePrecision: number | null, changed: Partial<Metrics> = {}): Metrics => ({
  rows: 4200,
  positives: 84,
  averagePrecision,
  rocAuc: 0.9,
  logLoss: 0.08,
  brier: 0.015,
  ...changed,
});
const by = (estimate: number, low: number, high: number, metric: MetricName = 'averagePrecision'): Difference => ({
  metric,
  estimate,
  low,
  high,
});
const against = (difference: Difference, changed: Partial<Evaluation> = {}): Evaluation => ({
  challenger: scored(0.5 + difference.estimate),
  champion: scored(0.5),
  difference,
  afterDrift: null,
  ...changed,
});
const afterDrift = (difference: Difference, changed: Partial<Metrics> = {}): Partial<Evaluation> => ({
  afterDrift: {
    since: '2026-03-01T10:00:00.000Z',
    challenger: scored(0.4 + difference.estimate, { rows: 900, positives: 40, ...changed }),
    champion: scored(0.4, { rows: 900, positives: 40, ...changed }),
    difference,
  },
});

describe('the gate of a first model', () => {
  const first = (challenger: Metrics, changed: Partial<Pipeline['gates']> = {}) =>
    judgeChallenger({
      fresher: true,
      reason: 'person',
      gates: gates(changed),
      evaluation: { challenger, champion: null, difference: null, afterDrift: null },
    });

  it('lets pass what beats knowing nothing', () => {
    const verdict = first(scored(0.3));
    assert.equal(verdict.outcome, 'passed');
    assert.equal(
      verdict.reason,
      'There is no champion, and the challenger beats knowing nothing. Average precision is 0.3000 on 4,200 holdout ' +
        'rows, where knowing nothing gives 0.0200: +0.2800 of 0.0100 asked for.',
    );
  });

  it('refuses what knows nothing, by every metric', () => {
    assert.equal(first(scored(0.025)).outcome, 'refused');
    assert.equal(first(scored(0.02), { margin: 0 }).outcome, 'refused');
    assert.equal(first(scored(0.3, { rocAuc: 0.5 }), { metric: 'rocAuc' }).outcome, 'refused');
    // 2 % positives: the base rate's log loss is 0.0980, its Brier score 0.0196.
    assert.equal(first(scored(0.3, { logLoss: 0.099 }), { metric: 'logLoss', margin: 0 }).outcome, 'refused');
    assert.equal(first(scored(0.3, { logLoss: 0.08 }), { metric: 'logLoss' }).outcome, 'passed');
    assert.equal(first(scored(0.3, { brier: 0.0197 }), { metric: 'brier', margin: 0 }).outcome, 'refused');
    assert.equal(first(scored(0.3, { brier: 0.0192 }), { metric: 'brier', margin: 0 }).outcome, 'passed');
  });

  it('abstains when there are too few positives, and when the metric is undefined', () => {
    const few = first(scored(0.9, { positives: 29 }));
    assert.deepEqual([few.passed, few.outcome], [false, 'abstained']);
    assert.equal(
      few.reason,
      'Too few positives to tell: 29 in 4,200 holdout rows, and the gate needs 30 (gates.minPositives).',
    );
    const alike = first(scored(1, { rows: 84, rocAuc: null }), { metric: 'rocAuc' });
    assert.equal(alike.outcome, 'abstained');
    assert.match(alike.reason, /ROC AUC is undefined on holdout rows: all labels are the same/);
  });
});

describe('the gate of a scheduled challenger', () => {
  const judge = (difference: Difference, changed: Partial<Pipeline['gates']> = {}) =>
    judgeChallenger({ fresher: true, reason: 'schedule', gates: gates(changed), evaluation: against(difference) });

  it('lets pass what is better by the margin and not by chance', () => {
    const verdict = judge(by(0.03, 0.004, 0.05));
    assert.deepEqual([verdict.passed, verdict.outcome], [true, 'passed']);
    assert.equal(
      verdict.reason,
      "The challenger is better by the margin of 0.0100. On 4,200 holdout rows the challenger's average precision is " +
        "0.5300 and the champion's 0.5000: better by 0.0300 (95 % interval of the gain +0.0040 to +0.0500).",
    );
  });

  it('lets pass what is as good as the holdout can tell, since it is fresher', () => {
    const verdict = judge(by(-0.002, -0.02, 0.016));
    assert.equal(verdict.outcome, 'passed');
    assert.match(verdict.reason, /fresher, and as good as the holdout can tell \(within 0\.0100\).*worse by 0\.0020/);
  });

  it('refuses what is worse by more than the margin, and what is surely worse by less, and says what was missing', () => {
    for (const difference of [by(-0.02, -0.05, 0.01), by(-0.005, -0.009, -0.001)]) {
      const verdict = judge(difference);
      assert.equal(verdict.outcome, 'refused');
      assert.match(verdict.reason, /neither better by 0\.0100 nor as good, within that, as the holdout can tell/);
    }
  });

  it('refuses a twin of the champion, trained on the same snapshot: it is no fresher', () => {
    const evaluation = against(by(0, 0, 0));
    const twin = judgeChallenger({ fresher: false, reason: 'person', gates: gates(), evaluation });
    assert.equal(twin.outcome, 'refused');
    assert.match(twin.reason, /nothing new to learn from/);
  });

  it('refuses what is only no worse when freshness is not preferred', () => {
    assert.equal(judge(by(0.005, 0.001, 0.009), { preferFresh: false }).outcome, 'refused');
    assert.equal(judge(by(0.02, 0.001, 0.04), { preferFresh: false }).outcome, 'passed');
  });

  it('reads a loss the other way round: the difference is signed already', () => {
    const evaluation = against(by(0.02, 0.01, 0.03, 'logLoss'));
    const verdict = judgeChallenger({
      fresher: true,
      reason: 'person',
      gates: gates({ metric: 'logLoss' }),
      evaluation,
    });
    assert.equal(verdict.outcome, 'passed');
    assert.match(verdict.reason, /better by 0\.0200 \(95 % interval of the gain \+0\.0100 to \+0\.0300\)/);
  });

  it('abstains when the two could not be compared', () => {
    const evaluation = { ...against(by(0, 0, 0)), difference: null };
    assert.equal(
      judgeChallenger({ fresher: true, reason: 'schedule', gates: gates(), evaluation }).outcome,
      'abstained',
    );
  });
});

describe('the gate of a challenger that drift asked for', () => {
  const judge = (overall: Difference, since: Partial<Evaluation>) =>
    judgeChallenger({ fresher: true, reason: 'drift', gates: gates(), evaluation: against(overall, since) });

  it('lets pass what is better after the drift and has not lost overall', () => {
    const verdict = judge(by(-0.005, -0.03, 0.02), afterDrift(by(0.1, 0.05, 0.15)));
    assert.equal(verdict.outcome, 'passed');
    assert.match(verdict.reason, /On 900 rows since the drift \(2026-03-01T10:00:00\.000Z\).*On 4,200 holdout rows/);
  });

  it('refuses what is better overall and not after the drift: it does not help', () => {
    const verdict = judge(by(0.05, 0.02, 0.08), afterDrift(by(0.02, -0.01, 0.05)));
    assert.equal(verdict.outcome, 'refused');
    assert.match(verdict.reason, /not better by 0\.0100 after the drift/);
  });

  it('refuses what pays for the drift with more than the margin overall', () => {
    const verdict = judge(by(-0.02, -0.04, 0), afterDrift(by(0.1, 0.05, 0.15)));
    assert.equal(verdict.outcome, 'refused');
    assert.match(verdict.reason, /loses more than 0\.0100 overall/);
  });

  it('abstains without rows after the drift, or with too few positives among them', () => {
    const none = judge(by(0.05, 0.02, 0.08), {});
    assert.equal(none.outcome, 'abstained');
    assert.match(none.reason, /No labelled rows after the drift/);
    const empty = afterDrift(by(0, 0, 0), { rows: 0, positives: 0 });
    assert.match(judge(by(0.05, 0.02, 0.08), empty).reason, /No labelled rows after the drift/);
    const few = judge(by(0.05, 0.02, 0.08), afterDrift(by(0.1, 0.05, 0.15), { positives: 12 }));
    assert.equal(few.outcome, 'abstained');
    assert.match(few.reason, /12 in 900 rows since the drift .*needs 30/);
  });

  describe('of a label that is a number', () => {
    const estimated = (rmse: number, rows = 900): Metrics => ({
      ...scored(null, { rocAuc: null, logLoss: null, brier: null, positives: 0, rows }),
      rmse,
      mae: rmse * 0.8,
      r2: 0.6,
      spread: { deviation: 8, absolute: 6 },
    });
    const ofNumbers = gates({ metric: 'rmse', margin: 0.5 });

    it('lets a first model serve that errs less than the mean of the labels would', () => {
      const evaluation = { challenger: estimated(5), champion: null, difference: null, afterDrift: null };
      const verdict = judgeChallenger({ reason: 'person', gates: ofNumbers, evaluation, fresher: true });
      assert.equal(verdict.outcome, 'passed');
      assert.match(verdict.reason, /Root mean squared error is 5\.0000 .*knowing nothing gives 8\.0000: \+3\.0000/);
    });

    it('takes a smaller error for the better one', () => {
      const judged = (estimate: number) =>
        judgeChallenger({
          reason: 'schedule',
          gates: { ...ofNumbers, preferFresh: false },
          evaluation: {
            challenger: estimated(5 - estimate),
            champion: estimated(5),
            difference: by(estimate, estimate - 0.2, estimate + 0.2, 'rmse'),
            afterDrift: null,
          },
          fresher: true,
        }).outcome;
      assert.deepEqual([judged(1), judged(-1)], ['passed', 'refused']);
    });

    it('abstains with too few rows, and never for want of positives', () => {
      const of = (rows: number) =>
        judgeChallenger({
          reason: 'person',
          gates: ofNumbers,
          evaluation: { challenger: estimated(5, rows), champion: null, difference: null, afterDrift: null },
          fresher: true,
        });
      assert.equal(of(49).outcome, 'abstained');
      assert.match(of(49).reason, /49 holdout rows, and the gate needs 50/);
      assert.equal(of(50).outcome, 'passed');
    });
  });
});
