import { answerCalibrationError, classMeasures } from '../../../core/metrics/class-measures.ts';
import { answerOf } from '../../../core/metrics/answer.ts';
import { metricsOf } from '../../../core/metrics/metrics.ts';
import { isNear } from './labelled.ts';
import assert from 'node:assert/strict';

/** Three rows of each of three classes, all told right but the last, which is taken for the first. */
const labels = [0, 0, 0, 1, 1, 1, 2, 2, 2];
const told = [0, 0, 0, 1, 1, 1, 2, 2, 0];
const scores = told.flatMap((answer) => [0, 1, 2].map((place) => (place === answer ? 0.8 : 0.1)));
const blocks = labels.map((_, row) => row);

describe('classes, each held against all others', () => {
  it('have precision, recall and F1 with intervals', () => {
    const { each } = classMeasures({ scores, labels, blocks });
    const { precision, recall, f1 } = each[0]!.measures;
    assert.deepEqual([precision!.value, recall!.value], [0.75, 1]);
    assert.ok(isNear(f1!.value, 6 / 7));
    assert.ok(precision!.low < 0.75 && precision!.high > 0.75);
    assert.ok(isNear(each[2]!.measures.recall!.value, 2 / 3));
    assert.equal(each[1]!.measures.precision!.value, 1);
  });

  it('have curves by their probability, unless there are too many to look at', () => {
    const { each } = classMeasures({ scores, labels, blocks });
    assert.deepEqual(each[1]!.curves!.roc, [[0, 0], [0, 1], [1, 1]]); // prettier-ignore
    const many = Array.from({ length: 12 }, (_, label) => label);
    const sure = many.flatMap((label) => many.map((place) => Number(place === label)));
    assert.equal(classMeasures({ scores: sure, labels: many, blocks: many }).each[3]!.curves, undefined);
  });

  it('are answered by what is expected to cost least, where costs are declared, and cost so much on average', () => {
    // Of the rows, three are of the last class; taken for the first it costs 9, and whatever is not certain is held to be of it.
    const costs = [
      [0, 1, 1],
      [1, 0, 1],
      [9, 9, 0],
    ];
    assert.equal(answerOf([0.7, 0.27, 0.03], 3, 0, costs), 0);
    assert.equal(answerOf([0.8, 0.1, 0.1], 3, 0, costs), 2);
    assert.equal(answerOf([0.5, 0.5, 0, 0.8, 0.1, 0.1], 3, 1), 0);
    assert.equal(answerOf([0.5, 0.5, 0, 0.8, 0.1, 0.1], 3, 1, costs), 2);
    const { cost, each } = classMeasures({ scores, labels, blocks }, 0.95, costs);
    assert.ok(isNear(cost!.value, 6 / 9), 'six rows of the first two classes are answered with the last');
    assert.ok(cost!.low > 0.2 && cost!.low < cost!.value && cost!.high > cost!.value);
    assert.equal(each[2]!.measures.recall!.value, 1);
    assert.equal(metricsOf('class', scores, labels, costs).accuracy, 3 / 9);
    assert.equal(metricsOf('class', scores, labels).accuracy, 8 / 9);
    assert.equal(classMeasures({ scores, labels, blocks }).cost, undefined);
  });

  it('are calibrated by how often the answer is right', () => {
    // 0.8 is said each time, and 8 of 9 are right.
    assert.ok(isNear(answerCalibrationError(scores, labels), 8 / 9 - 0.8));
    assert.deepEqual(classMeasures({ scores, labels, blocks }).calibration, [[0.8, 0.8889]]);
    assert.equal(answerCalibrationError([], []), null);
  });
});
