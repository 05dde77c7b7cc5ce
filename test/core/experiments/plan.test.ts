import { composeServing, pickArm } from '../../../server/serving/serving.ts';
import { aPipeline } from '../../server/fakes.ts';
import { planFrom, type PlanAsked } from '../../../core/experiments/plan.ts';
import { withoutVersion } from '../../../core/experiments/shares.ts';
import assert from 'node:assert/strict';

const known = { champion: 3, label: { maturesAfter: '7 days', whenAbsent: 0 } };
const asked: PlanAsked = { versions: [3, 4], metric: 'clicks', better: 'higher' };
const plan = (changes: Partial<PlanAsked> = {}) => planFrom({ ...asked, ...changes }, known);

describe('the plan of an experiment', () => {
  it('has good defaults', () => {
    assert.deepEqual(plan(), {
      goal: { name: 'clicks', absent: null, within: '0 seconds', better: 'higher', same: 0 },
      guards: [{ name: 'errors' }, { name: 'latency' }],
      arms: [
        { version: 3, share: 0.5 },
        { version: 4, share: 0.5 },
      ],
      alpha: 0.05,
      longest: '14 days',
      afterwards: 'keep',
    });
  });

  it('waits for labels as the pipeline does, and knows that a lower loss is better', () => {
    const { goal } = plan({ metric: 'loss', better: undefined });
    assert.deepEqual(goal, { name: 'loss', absent: 0, within: '7 days', better: 'lower', same: 0 });
    assert.equal(plan({ metric: 'label', within: '12h' }).goal.within, '12 hours');
  });

  it('accepts times as people write them', () => {
    for (const [text, stored] of [
      ['14d', '14 days'],
      ['90 m', '90 minutes'],
      ['2 weeks', '2 weeks'],
      ['1h', '1 hours'],
    ])
      // prettier-ignore
      assert.equal(plan({ longest: text }).longest, stored);
  });

  const wrong: [string, Partial<PlanAsked>, RegExp][] = [
    ['only one version', { versions: [3] }, /at least one other version/],
    ['a version twice', { versions: [3, 4, 4] }, /names one version twice/],
    ['versions without the champion', { versions: [4, 5] }, /must include the champion.*: 3,4,5\./],
    ['more versions than anybody compares', { versions: Array.from({ length: 11 }, (_, i) => i) }, /at most 10/],
    ['shares that do not add up', { shares: [0.5, 0.4] }, /add up to 1/],
    ['a share of nothing', { shares: [1, 0] }, /above 0/],
    ['shares of other versions', { shares: [1] }, /1 shares to 2 versions/],
    ['no direction', { better: undefined }, /--better higher or lower/],
    ['a direction that is none', { better: 'up' }, /--better higher or lower/],
    ['a metric with a name that is none', { metric: 'my metric' }, /is not a metric/],
    ['a metric that servers count', { metric: 'errors' }, /is not a metric/],
    ['a guard without a direction', { guards: ['refunds'] }, /refunds:higher or refunds:lower/],
    ['a guard twice', { guards: ['errors', 'errors'] }, /there twice/],
    ['the metric as its own guard', { guards: ['clicks:higher'] }, /is the metric itself/],
    ['a difference below 0', { same: -1 }, /--same/],
    ['no probability', { alpha: 5 }, /--alpha/],
    ['a time that is none', { longest: 'soon' }, /"soon" is not a time/],
    ['no time', { longest: '0d' }, /"0d" is not a time/],
    ['a wait for nothing', { within: '1d' }, /--within needs --absent/],
    ['another end', { afterwards: 'celebrate' }, /promote or keep/],
  ];
  for (const [what, changes, advice] of wrong)
    it(`refuses ${what}, and says what to write`, () => {
      assert.throws(() => plan(changes), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'REQUEST_INVALID');
        assert.match(error.message, advice);
        return error.message.endsWith('Nothing was started.');
      }); // prettier-ignore
    });
});

describe('the shares after a version left', () => {
  const arms = [
    { version: 3, share: 0.2 },
    { version: 4, share: 0.3 },
    { version: 5, share: 0.5 },
  ];
  const shares = (version: number) =>
    withoutVersion(arms, version).map(({ version: left, share }) => [left, Number(share.toFixed(6))]);

  it('move no unit that met another version, as servers divide the traffic', () => {
    const servingOf = (shared: typeof arms) => {
      const loaded = shared.map(({ version, share }) => ({ model: { version, encodings: [] }, pipeline: aPipeline(), revision: 'r1', prior: null, share })); // prettier-ignore
      const champion = shared[0]!.version;
      const decided = { generation: 1, changedAt: null, champion };
      return composeServing(decided, { arms: loaded as never, shadow: null, fallback: null });
    };
    const before = servingOf(arms);
    const units = Array.from({ length: 3_000 }, (_, i) => `unit-${i}`);
    for (const gone of [3, 4, 5]) {
      const after = servingOf(withoutVersion(arms, gone));
      const moved = units.filter((unit) => {
        const was = pickArm(before, unit).model.version;
        return was !== gone && pickArm(after, unit).model.version !== was;
      });
      assert.deepEqual(moved, [], `without v${gone}`);
    }
  });

  it('stay as they are for newer versions, while older ones share what is free', () => {
    assert.deepEqual(shares(5), [[3, 0.4], [4, 0.6]]); // prettier-ignore
    assert.deepEqual(shares(4), [[3, 0.5], [5, 0.5]]); // prettier-ignore
    assert.deepEqual(shares(3), [[4, 0.5], [5, 0.5]]); // prettier-ignore
  });
});
