import { placeOfAnswer, toldApart } from '../../../core/metrics/answer.ts';
import { sharesOf } from '../../../core/metrics/confusion.ts';
import { createComparison, createIntervals } from '../../../core/metrics/difference.ts';
import { metricKinds, metricNamesOf } from '../../../core/metrics/index.ts';
import { labelKindOf, metricsOf } from '../../../core/metrics/metrics.ts';
import { studentQuantile } from '../../../core/metrics/student.ts';
import { temperatureSlope } from '../../../core/model/calibration/temperature.ts';
import { softmax } from '../../../core/model/numbers/probabilities.ts';
import { createRandom } from '../../../core/base/random.ts';
import assert from 'node:assert/strict';

const isNear = (a: number, b: number, by = 1e-12): boolean => Math.abs(a - b) <= by;

/** Logits of three classes that tell, more or less, of each row's own. */
function makeLogits(rows: number, seed: number, strength: number): { labels: number[]; logits: Float64Array } {
  const random = createRandom(seed);
  const logits = new Float64Array(3 * rows);
  const labels = Array.from({ length: rows }, (_, row) => {
    const label = random.pick([0, 0, 0, 1, 1, 2]);
    for (let place = 0; place < 3; place++)
      logits[3 * row + place] = random.normal() + (place === label ? strength : 0);
    return label;
  });
  return { labels, logits };
}
function probabilitiesOf(logits: Float64Array, slope = 1): Float64Array {
  const shares = logits.slice();
  for (let start = 0; start < shares.length; start += 3) softmax(shares, slope, start, 3);
  return shares;
}

describe('probabilities of classes', () => {
  it('tell by the score alone which class was the answer, also of equal ones', () => {
    for (const [probabilities, answer] of [
      [[0.4, 0.4, 0.2], 1],
      [[0.3, 0.4, 0.3], 2],
      [[0, 0, 1], 1],
      [[0.4, 0.4, 0.2], 0],
    ] as const) {
      // prettier-ignore
      const told = toldApart(probabilities, answer);
      assert.equal(placeOfAnswer(probabilities[answer]!, told), answer);
      for (const [place, one] of probabilities.entries()) assert.ok(isNear(told[place]!, one, 1e-15));
    }
  });
});

describe('metrics of classes', () => {
  it('are what counting by hand gives', () => {
    // Classes 0, 1, 2, 2 are taken for 0, 1, 1, 2.
    const scores = [0.8, 0.1, 0.1, 0.2, 0.5, 0.3, 0.1, 0.5, 0.4, 0.2, 0.2, 0.6];
    const metrics = metricsOf('class', scores, [0, 1, 2, 2]);
    assert.equal(metrics.accuracy, 0.75);
    assert.ok(isNear(metrics.macroF1!, (1 + 2 / 3 + 2 / 3) / 3));
    assert.ok(isNear(metrics.logLoss!, -Math.log(0.8 * 0.5 * 0.4 * 0.6) / 4));
    // Of class 0 all pairs are in order, as of class 1 but for a tie, which counts half, and of class 2.
    assert.ok(isNear(metrics.macroRocAuc!, (1 + 2.5 / 3 + 1) / 3), `${metrics.macroRocAuc}`);
    assert.deepEqual(metrics.confusion, [1, 0, 0, 0, 1, 0, 0, 1, 1]);
    assert.deepEqual([metrics.rows, metrics.positives], [4, 1]);
    assert.equal(labelKindOf(metrics), 'class');
  });

  it('leave out a class that is not there and that nothing was taken for', () => {
    const metrics = metricsOf('class', [0.9, 0.1, 0, 0.1, 0.9, 0], [0, 1]);
    assert.deepEqual([metrics.macroF1, metrics.macroRocAuc, metrics.positives], [1, 1, 0]);
  });

  it('of one who knows only the shares are what a constant model has', () => {
    const { labels } = makeLogits(600, 1, 0);
    const shares = sharesOf(metricsOf('class', labels.flatMap(() => [1, 0, 0]), labels).confusion!); // prettier-ignore
    const constant = metricsOf('class', labels.flatMap(() => shares), labels); // prettier-ignore
    for (const metric of metricNamesOf('class'))
      assert.ok(isNear(constant[metric]!, metricKinds[metric].knowingNothing(constant)), metric);
  });

  it('have differences and intervals as wide as leaving out one block after another says', () => {
    const { labels, logits } = makeLogits(600, 2, 1);
    const [challenger, champion] = [probabilitiesOf(logits), probabilitiesOf(makeLogits(600, 3, 0).logits)];
    const blocks = Float64Array.from(labels, (_, row) => row % 60);
    const compare = createComparison({ labels, challenger, champion, blocks });
    const intervalOf = createIntervals({ labels: Float64Array.from(labels), scores: challenger, blocks });
    for (const metric of metricNamesOf('class')) {
      const without = Array.from({ length: 60 }, (_, block) => {
        const kept = labels.filter((_label, row) => blocks[row] !== block);
        const value = (of: Float64Array): number =>
          metricsOf('class', of.filter((_score, i) => blocks[Math.floor(i / 3)] !== block), kept)[metric]!; // prettier-ignore
        return [value(challenger) - value(champion), value(challenger)] as const;
      });
      for (const [which, { low, high }] of [compare(metric)!, intervalOf(metric)!].entries()) {
        const values = without.map((pair) => pair[which]!);
        const mean = values.reduce((sum, each) => sum + each, 0) / 60;
        const error = Math.sqrt((59 / 60) * values.reduce((sum, each) => sum + (each - mean) ** 2, 0));
        const expected = error * studentQuantile(0.975, 59);
        assert.ok(Math.abs((high - low) / 2 / expected - 1) < 0.05, `${metric} ${which}: ${high - low}, ${expected}`);
      }
    }
  });

  it('are refused for labels that are no places, and for models of other classes', () => {
    assert.throws(() => metricsOf('class', [0.5, 0.5], [2]), /label of row 0 is 2, not the place of one of 2 classes/);
    assert.throws(() => metricsOf('class', [0.5, 0.5, 1], [0, 1]), /3 probabilities for 2 labels/);
    const pair = { labels: [0, 1], blocks: [0, 1], challenger: [1, 0, 0, 0, 1, 0], champion: [1, 0, 0, 1] };
    assert.throws(() => createComparison(pair)('accuracy'), /tell 3 and 2 classes apart/);
  });
});

describe('the temperature of classes', () => {
  it('is the one that fits best, and finds what logits were multiplied by', () => {
    const { labels, logits } = makeLogits(4000, 4, 2);
    const fitted = temperatureSlope(logits, labels);
    const lossAt = (slope: number): number => metricsOf('class', probabilitiesOf(logits, slope), labels).logLoss!;
    for (const other of [0.9, 1.1]) assert.ok(lossAt(fitted) < lossAt(other * fitted), `${fitted}`);
    assert.ok(isNear(temperatureSlope(logits.map((logit) => 5 * logit), labels), fitted / 5, 1e-6)); // prettier-ignore
  });

  it('stays finite where rows are told apart perfectly, and 1 where nothing tells', () => {
    const labels = [0, 1, 2, 0, 1, 2];
    const sure = Float64Array.from(labels.flatMap((label) => [0, 1, 2].map((place) => Number(place === label))));
    const slope = temperatureSlope(sure, labels);
    assert.ok(slope > 1 && slope < 50, `${slope}`);
    assert.equal(temperatureSlope(new Float64Array(18), labels), 1);
  });
});
