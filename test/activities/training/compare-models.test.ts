import { compareOnHoldout, leadOutOfFold } from '../../../activities/training/compare-models.ts';
import { createRandom } from '../../../core/base/random.ts';
import { DAY, HOUR, instant } from '../../../core/time/time.ts';
import { metricKinds, type MetricName } from '../../../core/metrics/index.ts';
import assert from 'node:assert/strict';

const asked = { kind: 'binary', metric: 'averagePrecision', driftSince: null, by: 'entity', level: 0.95 } as const;

/** Four days of hourly rows, each entity in turn. */
function holdout(entities: number, models: number) {
  const random = createRandom('holdout');
  const rows = 4 * 24 * 12;
  const labels = Float64Array.from({ length: rows }, () => (random.uniform() < 0.3 ? 1 : 0));
  return {
    labels,
    times: Float64Array.from(labels, (_, i) => Math.floor(i / 12) * HOUR),
    blocks: Float64Array.from(labels, (_, i) => i % entities),
    scores: Array.from({ length: models }, () => labels.map((label) => 0.3 * label + 0.7 * random.uniform())),
  };
}

describe('models on a holdout', () => {
  it('are compared over entities', () => {
    const { independent, difference } = compareOnHoldout(holdout(12, 2), asked);
    assert.deepEqual(independent, { by: 'entity', blocks: 12, positives: 12 });
    assert.ok(difference!.low < difference!.estimate);
  });

  it('are compared over days where entities are few: they are the same tomorrow', () => {
    assert.deepEqual(compareOnHoldout(holdout(4, 2), asked).independent, { by: 'day', blocks: 4, positives: 4 });
  });

  it('are compared over groups, however few, where rows were split by them', () => {
    const { independent } = compareOnHoldout(holdout(4, 2), { ...asked, byGroup: true });
    assert.deepEqual(independent, { by: 'entity', blocks: 4, positives: 4 });
  });

  it('lead by what they are better than knowing nothing, also the first', () => {
    const { lead, difference, others, anchor, challenger } = compareOnHoldout(holdout(12, 1), asked);
    const share = challenger.positives / challenger.rows;
    assert.ok(Math.abs(lead!.estimate - (challenger.averagePrecision! - share)) < 1e-12);
    assert.deepEqual([difference, others, anchor], [null, undefined, null]);
  });

  it('lead over the most frequent class, also where they answer by costs', () => {
    const random = createRandom('costs');
    const labels = Float64Array.from({ length: 1200 }, () => {
      const drawn = random.uniform();
      return drawn < 0.05 ? 0 : drawn < 0.15 ? 1 : 2;
    });
    const scores = Float64Array.from({ length: 3600 }, (_, i) => (labels[Math.floor(i / 3)] === i % 3 ? 0.98 : 0.01));
    const rows = { labels, times: labels.map((_, i) => i * HOUR), blocks: labels.map((_, i) => i % 12) };
    const costs = [[[0, 50, 50], [1, 0, 1], [1, 1, 0]]]; // prettier-ignore
    const question = { ...asked, kind: 'class', metric: 'accuracy', costs } as const;
    const { lead, challenger } = compareOnHoldout({ ...rows, scores: [scores] }, question);
    const gained = challenger.accuracy! - metricKinds.accuracy.knowingNothing(challenger);
    assert.ok(Math.abs(lead!.estimate - gained) < 1e-12, JSON.stringify([lead, gained]));
    assert.ok(lead!.low < gained && gained < lead!.high, JSON.stringify([lead, gained]));
  });

  it('are held against each other by what answers are only where both answer by the same costs', () => {
    const labels = Float64Array.from({ length: 600 }, (_, i) => i % 3);
    const rows = { labels, times: labels.map((_, i) => i * HOUR), blocks: labels.map((_, i) => i % 12) };
    const random = createRandom('answers');
    const scoresOf = () => Float64Array.from({ length: 1800 }, () => random.uniform());
    const scored = { ...rows, scores: [scoresOf(), scoresOf()] };
    const dear = [[0, 50, 50], [1, 0, 1], [1, 1, 0]]; // prettier-ignore
    const others = (costs: (number[][] | null)[]) =>
      compareOnHoldout(scored, { ...asked, kind: 'class', metric: 'logLoss', costs }).others!.map(({ metric }) => metric); // prettier-ignore
    const named = others([dear, dear]);
    assert.ok(named.includes('accuracy') && named.includes('macroF1'), named.join());
    assert.deepEqual(others([dear, null]), named.filter((metric) => metric !== 'accuracy' && metric !== 'macroF1')); // prettier-ignore
  });

  it('are compared with the anchor, on the same rows', () => {
    const { anchor } = compareOnHoldout(holdout(12, 3), asked);
    assert.equal(anchor!.metrics!.rows, 4 * 24 * 12);
    assert.equal(anchor!.difference!.metric, 'averagePrecision');
  });

  it('are compared on the rows after the drift, too', () => {
    const driftSince = instant(2 * DAY);
    const { afterDrift } = compareOnHoldout(holdout(12, 2), { ...asked, driftSince });
    assert.equal(afterDrift!.challenger.rows, 2 * 24 * 12);
    assert.equal(compareOnHoldout(holdout(4, 2), { ...asked, driftSince }).afterDrift!.independent!.blocks, 2);
  });

  /** Rows of days, twenty each, whose labels are a day's level and a row's own noise: what scores of either gain. */
  const ofDaysAndRows = (days: number, metric: MetricName, levelOf: (day: number) => number, noiseOf: () => number) => {
    const day = Float64Array.from({ length: days * 20 }, (_, row) => Math.floor(row / 20));
    const level = day.map(levelOf);
    const noise = day.map(noiseOf);
    const labels = level.map((each, row) => each + noise[row]!);
    const times = day.map((each) => each * DAY);
    const lead = (scores: Float64Array) =>
      leadOutOfFold({ labels, times, blocks: day, scores: [scores] }, { metric, by: 'day', level: 0.95 })!;
    return { level, noise, lead };
  };

  it('that folds know only from days between each other gain nothing over rows near in time', () => {
    const random = createRandom('drifting days');
    const { level, noise, lead } = ofDaysAndRows(40, 'rmse', (day) => Math.sin(day / 5), () => random.normal()); // prettier-ignore
    const ofDays = lead(level.map((each) => 0.9 * each));
    assert.ok(ofDays.low > 0.1 && ofDays.overNearby!.low < 0.02, JSON.stringify(ofDays));
    const ofRows = lead(noise.map((each) => 0.9 * each));
    assert.ok(ofRows.low > 0.1 && ofRows.overNearby!.low > 0.1, JSON.stringify(ofRows));
  });

  it('that folds know only from days between each other gain no absolute error where labels are skewed', () => {
    const random = createRandom('skewed days');
    const skewed = () => Math.exp(1.5 * random.normal());
    const { level, noise, lead } = ofDaysAndRows(60, 'mae', (day) => 0.5 * Math.sin(day / 6), skewed);
    const ofDays = lead(level.map((each) => 1 + 0.9 * each));
    assert.ok(ofDays.low > 0 && ofDays.overNearby!.low < 0.02, JSON.stringify(ofDays));
    const ofRows = lead(noise.map((each) => 0.5 + 0.5 * each));
    assert.ok(ofRows.low > 0.1 && ofRows.overNearby!.low > 0.1, JSON.stringify(ofRows));
  });
});
