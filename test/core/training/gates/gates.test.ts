import { gain, metricKinds, type MetricName } from '../../../../core/metrics/index.ts';
import { differenceOf, type Difference } from '../../../../core/metrics/difference.ts';
import { intervalInWords } from '../../../../core/training/gates/gate-words.ts';
import { judgeChallenger } from '../../../../core/training/gates/gates.ts';
import { looksAt } from '../../../../core/training/gates/looks.ts';
import { type Metrics } from '../../../../core/metrics/metrics.ts';
import { type Pipeline } from '../../../../core/declaration/pipeline.ts';
import { type Slice } from '../../../../core/training/slices/slices.ts';
import { type Evaluation } from '../../../../core/training/training.ts';
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

const aSlice = (estimate: number, chance: number, name = 'NL'): Slice => ({
  column: 'country',
  name,
  rows: 900,
  positives: 40,
  value: 0.4,
  low: 0.3,
  high: 0.5,
  toAll: { estimate: -0.01, chance: 1 },
  toChampion: { estimate, low: estimate - 0.02, high: estimate + 0.02, chance },
});

describe('a gate with a floor', () => {
  const judge = (intervals: Evaluation['intervals'], changed: Partial<Pipeline['gates']>, value = 0.53) =>
    judgeChallenger({
      fresher: true,
      reason: 'schedule',
      gates: gates(changed),
      evaluation: against(by(0.03, 0.004, 0.05), {
        challenger: scored(value, { logLoss: 0.08 }),
        ...(intervals && { intervals }),
      }),
    });
  const wide = { averagePrecision: { low: 0.45, high: 0.6 } };

  it('passes when the whole interval lies above it, and says so', () => {
    const verdict = judge(wide, { floor: 0.4 });
    assert.equal(verdict.outcome, 'passed');
    assert.match(
      verdict.reason,
      /0\.5300 \(95 % interval 0\.4500 to 0\.6000\), and the floor is 0\.4000 \(gates\.floor\)/,
    );
  });

  it('refuses what is better than the champion and still below it', () => {
    const verdict = judge(wide, { floor: 0.55 });
    assert.equal(verdict.outcome, 'refused');
    assert.match(verdict.reason, /^The challenger is below the floor\. .* better by the margin/);
  });

  it('abstains when the interval reaches below it, unless the fresher is preferred', () => {
    assert.equal(judge(wide, { floor: 0.5 }).outcome, 'abstained');
    assert.equal(judge(undefined, { floor: 0.5 }).outcome, 'abstained');
    assert.equal(judge(wide, { floor: 0.5, whenUnclear: 'fresher' }).outcome, 'passed');
  });

  it('lies above what is better where less is better', () => {
    const lower = (floor: number) =>
      judgeChallenger({
        fresher: true,
        reason: 'schedule',
        gates: gates({ metric: 'logLoss', floor }),
        evaluation: against(by(0.03, 0.02, 0.05, 'logLoss'), {
          challenger: scored(0.5, { logLoss: 0.08 }),
          intervals: { logLoss: { low: 0.07, high: 0.09 } },
        }),
      }).outcome;
    assert.deepEqual([lower(0.1), lower(0.085), lower(0.075)], ['passed', 'abstained', 'refused']);
  });
});

describe('a gate with limits of fairness', () => {
  const judge = (low: number, high: number, changed: Partial<NonNullable<Pipeline['fairness']>> = {}, reached = 0.03) =>
    judgeChallenger({
      fresher: true,
      reason: 'schedule',
      gates: gates(),
      fairness: { groups: ['region'], limits: { demographicParity: 0.1 }, ...changed },
      evaluation: against(by(reached, reached - 0.026, reached + 0.02), {
        fairness: {
          threshold: 0.5,
          stride: 1,
          columns: [
            {
              column: 'region',
              groups: [],
              others: 0,
              gaps: [
                {
                  measure: 'demographicParity',
                  difference: (low + high) / 2,
                  low,
                  high,
                  lower: 'north',
                  higher: 'south',
                  rate: 'share called positive',
                  ratio: null,
                  pairs: 3,
                },
              ],
            },
          ],
        },
      }),
    });

  it('refuses a challenger that surely treats groups more differently than allowed, however much better it is', () => {
    const { outcome, reason } = judge(0.12, 0.2);
    assert.equal(outcome, 'refused');
    assert.match(
      reason,
      /^The challenger treats groups too differently\. By region, the share called positive differs by 0\.1600 between north and south/,
    );
    assert.match(reason, /better by the margin/);
  });

  it('says so when the holdout cannot tell, or abstains where that is declared', () => {
    const told = judge(0.04, 0.2);
    assert.equal(told.outcome, 'passed');
    assert.match(told.reason, /The holdout cannot tell whether groups are treated alike enough\. By region/);
    assert.equal(judge(0.04, 0.2, { whenUnclear: 'abstain' }).outcome, 'abstained');
  });

  it('passes without a word what is surely within, or has no limit', () => {
    for (const verdict of [judge(0.01, 0.09), judge(0.12, 0.2, { limits: undefined })])
      assert.ok(verdict.passed && !verdict.reason.includes('groups'), verdict.reason);
  });

  it('leaves a refusal a refusal', () => {
    assert.match(judge(0.01, 0.2, {}, -0.2).reason, /^The challenger is worse than the champion/);
  });
});

describe('a gate that looks at slices', () => {
  const judge = (list: Slice[], changed: Partial<Pipeline['gates']> = {}) =>
    judgeChallenger({
      fresher: true,
      reason: 'schedule',
      gates: gates(changed),
      evaluation: against(by(0.03, 0.004, 0.05), {
        slices: { by: 'rocAuc', looked: 12, small: 3, stride: 1, list },
      }),
    });

  it('refuses for declared slices alone where that is declared, and names them first', () => {
    const [found, declared] = [
      aSlice(-0.06, 0.001),
      { ...aSlice(-0.05, 0.01, 'night transfers'), declared: true as const },
    ];
    assert.equal(judge([found], { slices: 'refuseDeclared' }).outcome, 'passed');
    const verdict = judge([found, declared], { slices: 'refuseDeclared' });
    assert.equal(verdict.outcome, 'refused');
    assert.match(verdict.reason, /is worse on "night transfers" by 0\.0500 .*, country NL by/);
  });

  it('names the slices on which the challenger surely loses more than the margin, and lets it pass', () => {
    const verdict = judge([aSlice(-0.05, 0.01)]);
    assert.equal(verdict.outcome, 'passed');
    assert.match(
      verdict.reason,
      /By slices, average precision is worse on country NL by 0\.0500 \(95 % interval of the gain −0\.0700 to −0\.0300\)\./,
    );
  });

  it('refuses such a challenger where that is declared', () => {
    const verdict = judge([aSlice(-0.05, 0.01)], { slices: 'refuse' });
    assert.equal(verdict.outcome, 'refused');
    assert.match(verdict.reason, /worse on a slice of the rows \(gates\.slices\)\..*country NL/);
  });

  it('does not mind losses that may be chance after the correction, or lie within the margin', () => {
    const verdict = judge([aSlice(-0.05, 0.06), aSlice(-0.005, 0.001)], { slices: 'refuse' });
    assert.equal(verdict.outcome, 'passed');
    assert.doesNotMatch(verdict.reason, /slice/);
  });
});

describe('the gate of a first model', () => {
  const first = (
    challenger: Metrics,
    changed: Partial<Pipeline['gates']> = {},
    reach = 0.01,
    more: Partial<Evaluation> = {},
  ) => {
    const { metric } = gates(changed);
    const nothing = metricKinds[metric].knowingNothing(challenger);
    const estimate = gain(metric, challenger[metric] ?? 0, nothing);
    const evaluation = {
      challenger,
      champion: null,
      difference: null,
      lead: by(estimate, estimate - reach, estimate + reach, metric),
      afterDrift: null,
      ...more,
    };
    return judgeChallenger({ fresher: true, reason: 'person', gates: gates(changed), evaluation });
  };

  it('lets pass what beats a constant prediction', () => {
    const verdict = first(scored(0.3));
    assert.equal(verdict.outcome, 'passed');
    assert.equal(
      verdict.reason,
      'There was no champion, and the challenger beats a constant prediction. Average precision is 0.3000 on 4,200 holdout ' +
        'rows, where a constant prediction gives 0.0200: a gain of 0.2800 (95 % interval +0.2700 to +0.2900), where 0.0100 is required.',
    );
  });

  describe('where there is a champion that cannot be compared', () => {
    const notCompared = { version: 3, why: 'it has learnt another kind of label' };
    const anchor = (estimate: number) => ({ version: 1, metrics: scored(0.51), difference: by(estimate, estimate - 0.005, estimate + 0.005) }); // prettier-ignore

    it('also holds it against the anchor', () => {
      const worse = first(scored(0.3), {}, 0.01, { notCompared, anchor: anchor(-0.2) });
      assert.equal(worse.outcome, 'refused');
      assert.match(
        worse.reason,
        /^The challenger is worse than the anchor, version 1\. .* Champion v3 cannot be compared, /,
      );
      const better = first(scored(0.3), {}, 0.01, { notCompared, anchor: anchor(0.1) });
      assert.equal(better.outcome, 'passed');
      assert.match(better.reason, /^Champion v3 cannot be compared, .* Against the anchor, version 1, .* it gains \+0\.1000/); // prettier-ignore
    });

    it('abstains of a model from elsewhere, which beats a constant prediction alone', () => {
      const brought = (more: Partial<Evaluation>) => {
        const lead = by(0.28, 0.27, 0.29);
        const evaluation = {
          challenger: scored(0.3),
          champion: null,
          difference: null,
          lead,
          afterDrift: null,
          ...more,
        };
        return judgeChallenger({ fresher: false, brought: true, reason: 'person', gates: gates(), evaluation });
      };
      assert.equal(brought({}).outcome, 'passed', 'there is no champion');
      assert.equal(brought({ notCompared }).outcome, 'abstained');
      assert.match(brought({ notCompared }).reason, /^A model from elsewhere must be better than the champion, .* Champion v3 cannot be compared, /); // prettier-ignore
    });
  });

  it('abstains while the lead may be chance: the interval must lie above the margin', () => {
    const wide = first(scored(0.1), {}, 0.075);
    assert.equal(wide.outcome, 'abstained');
    assert.match(
      wide.reason,
      /may be chance\. .*a gain of 0\.0800 \(95 % interval \+0\.0050 to \+0\.1550\), where 0\.0100 is required/,
    );
  });

  it('goes by the rows that other folds scored where the holdout is too small to tell', () => {
    const outOfFold = (low: number) => ({ leadOutOfFold: { ...by(0.08, low, 0.16 - low), level: 0.99, rows: 9_000 } });
    const shown = first(scored(0.1), {}, 0.075, outOfFold(0.02));
    assert.equal(shown.outcome, 'passed');
    assert.match(
      shown.reason,
      /beats a constant prediction, which more rows than the holdout's show\. .* On 9,000 rows scored by models of other folds it gains \+0\.0800 \(99 % interval of the gain \+0\.0200 to \+0\.1400\)\.$/,
    );
    assert.equal(first(scored(0.1), {}, 0.075, outOfFold(0.005)).outcome, 'abstained');
    assert.equal(first(scored(0.025), {}, 0.075, outOfFold(0.02)).outcome, 'refused');
    assert.equal(first(scored(0.06), {}, 0.075, outOfFold(0.02)).outcome, 'abstained'); // as likely as not by the holdout
  });

  it('abstains where rows near in time say as much as the folds', () => {
    const judge = (low: number) =>
      first(scored(0.1), {}, 0.075, {
        leadOutOfFold: { ...by(0.08, 0.02, 0.14), rows: 9_000, overNearby: by(0.02, low, 0.05) },
      });
    assert.equal(judge(0.015).outcome, 'passed');
    const unclear = judge(-0.01);
    assert.equal(unclear.outcome, 'abstained');
    assert.match(
      unclear.reason,
      /^There is no champion\. In folds the challenger beats a constant prediction, but not clearly what rows near in time already say, so it may not hold tomorrow\. .*\+0\.1400\), and over what rows near in time say \+0\.0200 \(95 % interval of the gain −0\.0100 to \+0\.0500\)\.$/,
    );
  });

  it('refuses what is no better than a constant prediction, by every metric', () => {
    assert.equal(first(scored(0.025)).outcome, 'refused');
    assert.equal(first(scored(0.02), { margin: 0 }).outcome, 'refused');
    assert.equal(first(scored(0.3, { rocAuc: 0.5 }), { metric: 'rocAuc' }).outcome, 'refused');
    // 2 % positives: the base rate's log loss is 0.0980, its Brier score 0.0196.
    assert.equal(first(scored(0.3, { logLoss: 0.099 }), { metric: 'logLoss', margin: 0 }).outcome, 'refused');
    assert.equal(first(scored(0.3, { logLoss: 0.08 }), { metric: 'logLoss' }, 0.001).outcome, 'passed');
    assert.equal(first(scored(0.3, { brier: 0.0197 }), { metric: 'brier', margin: 0 }).outcome, 'refused');
    assert.equal(first(scored(0.3, { brier: 0.0192 }), { metric: 'brier', margin: 0 }, 0.0001).outcome, 'passed');
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

  it('lets pass what is fresher and shown to have lost less than the margin', () => {
    const verdict = judge(by(-0.002, -0.009, 0.005));
    assert.equal(verdict.outcome, 'passed');
    assert.match(verdict.reason, /fresher, and no worse: a loss of 0\.0100 or more is ruled out.*worse by 0\.0020/);
  });

  it('abstains when the interval is too wide to rule a loss out, which is no evidence', () => {
    const verdict = judge(by(-0.002, -0.02, 0.016));
    assert.equal(verdict.outcome, 'abstained');
    assert.match(
      verdict.reason,
      /cannot tell whether .* as good as the champion: it may have lost 0\.0200, more than the margin of 0\.0100\. The champion stays/,
    );
  });

  it('lets the fresher one pass then if that is declared, and says so', () => {
    const verdict = judge(by(-0.002, -0.02, 0.016), { whenUnclear: 'fresher' });
    assert.equal(verdict.outcome, 'passed');
    assert.match(verdict.reason, /cannot tell whether .* The fresher one is preferred then \(gates\.whenUnclear\)/);
    for (const worse of [by(-0.02, -0.05, 0.01), by(-0.005, -0.015, -0.001)])
      assert.equal(judge(worse, { whenUnclear: 'fresher' }).outcome, 'refused');
  });

  it('refuses what is worse by more than the margin, and what is surely worse and perhaps by more', () => {
    for (const difference of [by(-0.02, -0.05, 0.01), by(-0.005, -0.015, -0.001)]) {
      assert.equal(judge(difference).outcome, 'refused');
    }
  });

  it('says that it is worse only where the interval shows it', () => {
    assert.match(judge(by(-0.005, -0.015, -0.001)).reason, /^The challenger is worse than the champion\. On/);
    assert.match(
      judge(by(-0.0111, -0.0668, 0.0446)).reason,
      /^The challenger was measured worse than the champion by 0\.0111, more than the margin of 0\.0100; the holdout cannot tell whether it is\. .*−0\.0668 to \+0\.0446\)/,
    );
  });

  it('takes a model from elsewhere only if it is better: nobody knows whether it is fresher', () => {
    const ofBrought = (difference: Difference) =>
      judgeChallenger({
        fresher: false,
        brought: true,
        reason: 'person',
        gates: gates(),
        evaluation: against(difference),
      });
    const asGood = ofBrought(by(0.001, -0.002, 0.004));
    assert.equal(asGood.outcome, 'refused');
    assert.match(asGood.reason, /^The challenger is not better by 0\.0100, as a model from elsewhere must be/);
    assert.doesNotMatch(asGood.reason, /nothing new to learn from/);
    assert.equal(ofBrought(by(0.03, 0.004, 0.05)).outcome, 'passed');
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
    const verdict = judge(by(-0.001, -0.008, 0.006), afterDrift(by(0.1, 0.05, 0.15)));
    assert.equal(verdict.outcome, 'passed');
    assert.match(verdict.reason, /On 900 rows since the drift \(2026-03-01T10:00Z\).*On 4,200 holdout rows/);
  });

  it('refuses what is better overall and not after the drift: it does not help', () => {
    const verdict = judge(by(0.05, 0.02, 0.08), afterDrift(by(0.02, -0.01, 0.05)));
    assert.equal(verdict.outcome, 'refused');
    assert.match(verdict.reason, /not better by 0\.0100 after the drift/);
  });

  it('says that the order of scores does not show a fall of calibration, which asked for it, and what log loss does', () => {
    const since = afterDrift(by(0.004, -0.01, 0.02));
    since.afterDrift!.challenger.logLoss = 0.062;
    const of = (reason: 'drift' | 'decay', metric: MetricName) =>
      judgeChallenger({
        fresher: true,
        reason,
        gates: gates({ metric }),
        evaluation: against(by(0.05, 0.02, 0.08), since),
      });
    const { outcome, reason } = of('decay', 'averagePrecision');
    assert.equal(outcome, 'refused');
    assert.match(reason, /the gate's metric does not measure how far labels lie off the scores: average precision looks at their order alone\. By log loss the challenger is better on these rows \(0\.0620, the champion's 0\.0800\)\. To judge by log loss, declare gates\.metric: 'logLoss'\.$/); // prettier-ignore
    for (const other of [of('drift', 'averagePrecision'), of('decay', 'brier')])
      assert.doesNotMatch(other.reason, /does not measure/);
  });

  it('abstains while it may have paid for the drift with more than the margin overall', () => {
    const verdict = judge(by(-0.005, -0.03, 0.02), afterDrift(by(0.1, 0.05, 0.15)));
    assert.equal(verdict.outcome, 'abstained');
    assert.match(verdict.reason, /as good as the champion overall: it may have lost 0\.0300/);
  });

  it('refuses what pays for the drift with more than the margin overall', () => {
    const verdict = judge(by(-0.02, -0.04, -0.001), afterDrift(by(0.1, 0.05, 0.15)));
    assert.equal(verdict.outcome, 'refused');
    assert.match(verdict.reason, /better after the drift but worse overall\./);
    const unsure = judge(by(-0.02, -0.04, 0.01), afterDrift(by(0.1, 0.05, 0.15)));
    assert.equal(unsure.outcome, 'refused');
    assert.match(unsure.reason, /is better after the drift, but was measured worse overall by 0\.0200, more than/);
  });

  it('tells the same rows once', () => {
    const since = '2026-03-01T10:00:00.000Z';
    const difference = by(0.1, 0.05, 0.15);
    const all = against(difference);
    const { reason } = judge(difference, { afterDrift: { ...all, since } });
    assert.match(
      reason,
      /no worse overall\. On 4,200 rows since the drift \(2026-03-01T10:00Z\), which are the whole holdout, the challenger's .* \+0\.1500\)\.$/,
    );
    assert.equal(reason.match(/On 4,200/g)!.length, 1);
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
      const lead = by(3, 2.5, 3.5, 'rmse');
      const evaluation = { challenger: estimated(5), champion: null, difference: null, lead, afterDrift: null };
      const verdict = judgeChallenger({ reason: 'person', gates: ofNumbers, evaluation, fresher: true });
      assert.equal(verdict.outcome, 'passed');
      assert.match(
        verdict.reason,
        /Root mean squared error is 5\.0000 .*a constant prediction gives 8\.0000: a gain of 3\.0000 \(95 % interval \+2\.5000/,
      );
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
          evaluation: {
            challenger: estimated(5, rows),
            champion: null,
            difference: null,
            lead: by(3, 2.5, 3.5, 'rmse'),
            afterDrift: null,
          },
          fresher: true,
        });
      assert.equal(of(49).outcome, 'abstained');
      assert.match(of(49).reason, /49 holdout rows, and the gate needs 50/);
      assert.equal(of(50).outcome, 'passed');
    });
  });
});

describe('every gate', () => {
  const better = by(0.03, 0.02, 0.04);
  const judge = (changed: Partial<Evaluation>, declared: Partial<Pipeline['gates']> = {}, difference = better) =>
    judgeChallenger({
      fresher: true,
      reason: 'schedule',
      gates: gates(declared),
      evaluation: against(difference, changed),
    });

  describe('counts what is independent', () => {
    it('abstains with positives of too few entities, however many rows they have', () => {
      const verdict = judge({ independent: { by: 'entity', blocks: 900, positives: 12 } });
      assert.equal(verdict.outcome, 'abstained');
      assert.equal(
        verdict.reason,
        'Too few positives to tell: 12 entities in 4,200 holdout rows of 900 entities, and the gate needs 30 (gates.minPositives).',
      );
      assert.equal(judge({ independent: { by: 'entity', blocks: 900, positives: 30 } }).outcome, 'passed');
    });

    it('abstains with too few days', () => {
      const two = judge({ independent: { by: 'day', blocks: 2, positives: 2 } });
      assert.equal(two.outcome, 'abstained');
      assert.equal(
        two.reason,
        'Too few days to tell: 4,200 holdout rows of 2 days, and the gate needs 3 (gates.minBlocks).',
      );
      const three = { independent: { by: 'day', blocks: 3, positives: 3 } } as const;
      assert.match(judge(three).reason, /On 4,200 holdout rows of 3 days/);
      assert.equal(judge(three, { minBlocks: 4 }).outcome, 'abstained');
    });
  });

  describe('asks for more than a constant prediction gives', () => {
    const leading = (estimate: number, low = estimate - 0.005): Partial<Evaluation> => ({
      lead: by(estimate, low, estimate + 0.005),
    });

    it('refuses what beats a bad champion and not a constant', () => {
      const { outcome, reason } = judge({ ...leading(-0.01), challenger: scored(0.01) });
      assert.equal(outcome, 'refused');
      assert.match(
        reason,
        /^The challenger does not beat a constant prediction\. .* gives 0\.0200, it gains −0\.0100 .*better by the margin/,
      );
      const drifted = { ...leading(-0.01), ...afterDrift(by(0.1, 0.05, 0.15)) };
      const evaluation = against(better, drifted);
      assert.equal(judgeChallenger({ fresher: true, reason: 'drift', gates: gates(), evaluation }).outcome, 'refused');
    });

    it('abstains while that may be chance, unless the fresher is preferred', () => {
      const chance = leading(0.01, -0.005);
      assert.equal(judge(chance).outcome, 'abstained');
      assert.match(judge(chance).reason, /^That the challenger beats a constant prediction may be chance\./);
      assert.equal(judge(chance, { whenUnclear: 'fresher' }).outcome, 'passed');
    });

    it('says by how much it is better, and lets it pass within the margin', () => {
      const verdict = judge(leading(0.006));
      assert.equal(verdict.outcome, 'passed');
      assert.match(verdict.reason, /it gains \+0\.0060 \(95 % interval of the gain \+0\.0010 to \+0\.0110\)\.$/);
    });
  });

  describe('looks at the anchor', () => {
    const anchored = (difference: Difference | null, whyNot?: string): Partial<Evaluation> => ({
      anchor: { version: 1, metrics: scored(0.51), difference, ...(whyNot !== undefined && { whyNot }) },
    });

    it('lets pass what is no worse than it either, and says so', () => {
      const verdict = judge(anchored(by(0.02, -0.005, 0.045)));
      assert.equal(verdict.outcome, 'passed');
      assert.match(verdict.reason, /Against the anchor, version 1, with average precision 0\.5100, it gains \+0\.0200/);
    });

    it('refuses what is worse than it, though it is better than the champion', () => {
      const verdict = judge(anchored(by(-0.02, -0.03, -0.01)));
      assert.equal(verdict.outcome, 'refused');
      assert.match(verdict.reason, /^The challenger is worse than the anchor, version 1\..*−0\.0200 \(95 % interval/);
    });

    it('abstains while it may have fallen below it, or prefers the fresher if declared', () => {
      const unclear = anchored(by(0, -0.02, 0.02));
      assert.equal(judge(unclear).outcome, 'abstained');
      assert.match(judge(unclear).reason, /as good as the anchor, version 1: it may have lost 0\.0200/);
      assert.equal(judge(unclear, { whenUnclear: 'fresher' }).outcome, 'passed');
    });

    it('says why there was no comparison', () => {
      const verdict = judge(anchored(null, 'it reads columns that are no longer declared (fax)'));
      assert.equal(verdict.outcome, 'passed');
      assert.match(verdict.reason, /not compared with the anchor, version 1: it reads columns .* \(fax\)\.$/);
    });
  });

  describe('names what was traded for the metric that decides', () => {
    // The champion's ROC AUC is 0.9, 0.4 above chance: 0.03 is more than a twentieth of that.
    const lost = { others: [by(-0.03, -0.04, -0.02, 'rocAuc'), by(-0.0001, -0.002, 0.002, 'logLoss')] };
    const perhaps = { others: [by(-0.03, -0.07, 0.01, 'rocAuc')] };

    it('and lets it pass by default', () => {
      const verdict = judge(lost);
      assert.equal(verdict.outcome, 'passed');
      assert.match(verdict.reason, /It is worse by other metrics: ROC AUC by 0\.0300 \(95 % interval .*\)\.$/);
      assert.match(judge(perhaps).reason, /It is worse by other metrics, perhaps by chance: ROC AUC/);
      assert.doesNotMatch(judge({ others: [by(-0.01, -0.015, -0.005, 'rocAuc')] }).reason, /other metrics/);
    });

    it('and refuses it where that is declared, unless it may be chance', () => {
      assert.equal(judge(lost, { forbidTrades: true }).outcome, 'refused');
      assert.equal(judge(perhaps, { forbidTrades: true }).outcome, 'passed');
    });
  });

  it('refuses what exceeds a declared limit, with the numbers', () => {
    const measured = { measured: { microsecondsPerRow: 12.34, artifactBytes: 2_000_000, calibrationError: 0.031 } };
    assert.equal(judge(measured).outcome, 'passed');
    for (const [limits, words] of [
      [{ microsecondsPerRow: 10 }, /takes 12\.3 microseconds, above the limit of 10/],
      [{ artifactBytes: 1_000_000 }, /has 2,000,000 bytes, above the limit of 1,000,000/],
      [{ calibrationError: 0.03 }, /calibration error is 0\.0310, above the limit of 0\.0300/],
    ] as const) {
      const verdict = judge(measured, { limits });
      assert.equal(verdict.outcome, 'refused');
      assert.match(verdict.reason, words);
    }
  });

  it('says that the rows had been judged before, and how sure its intervals are therefore', () => {
    const looks = { runs: ['fraud-2', 'fraud-1'], before: 1.5, level: 0.9823 };
    const verdict = judge({ looks }, {}, { ...better, level: 0.9823 });
    assert.match(verdict.reason, /98\.23 % interval of the gain/);
    assert.match(
      verdict.reason,
      /judged before, by 2 trainings, the last being fraud-2: so intervals are of 98\.23 %, not 95 %\.$/,
    );
    assert.doesNotMatch(judge({ looks: { runs: [], before: 0, level: 0.95 } }).reason, /before/);
  });
});

describe('looks at a holdout', () => {
  const holdout = { from: '2026-03-10T00:00:00.000Z', to: '2026-03-14T00:00:00.000Z' };
  const seen = (from: string, to: string) => ({
    run: from,
    from: `2026-03-${from}T00:00:00.000Z`,
    to: `2026-03-${to}T00:00:00.000Z`,
  });

  it('are free on rows that nobody was judged on', () => {
    assert.deepEqual(looksAt(holdout, []), { runs: [], before: 0, level: 0.95 });
    assert.deepEqual(looksAt(holdout, [seen('06', '10'), seen('14', '18')]).runs, []);
  });

  it('halve the error of the next on the same rows, so all of them together keep to 5 %', () => {
    const levels = [1, 2, 3, 30].map((looks) => looksAt(holdout, Array(looks).fill(seen('10', '14'))).level);
    assert.deepEqual(levels.slice(0, 3), [0.975, 0.9875, 0.99375]);
    // To the side that promotes: 2.5 % at first, then half of it, and so on.
    const spent = Array.from(
      { length: 30 },
      (_, looks) => (1 - looksAt(holdout, Array(looks).fill(seen('10', '14'))).level) / 2,
    );
    assert.ok(spent.reduce((sum, each) => sum + each, 0) <= 0.05);
  });

  it('leave an interval, and words for it, however many there were', () => {
    const { level } = looksAt(holdout, Array(200).fill(seen('10', '14')));
    const rows = Array.from({ length: 40 }, (_, row) => row);
    const labels = rows.map((row) => row % 2);
    const difference = differenceOf({
      metric: 'logLoss',
      level,
      labels,
      challenger: labels.map((label, row) => 0.5 + (label - 0.5) * (0.2 + 0.01 * (row % 7))),
      champion: labels.map(() => 0.5),
      blocks: rows.map((row) => row % 10),
    })!;
    assert.ok(difference.low < difference.estimate && Number.isFinite(difference.low));
    assert.match(intervalInWords(difference), /^99\.9\d+ % interval/);
  });

  it('count by the part of the rows they saw', () => {
    const { runs, before } = looksAt(holdout, [seen('08', '12'), seen('07', '11')]);
    assert.deepEqual([runs, before], [['08', '07'], 0.75]);
  });
});
