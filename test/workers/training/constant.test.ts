import { aJob, analyticsOf, makeRows, smallSplits } from '../../support/data/training-data.ts';
import { LABEL } from '../../../core/data/data.ts';
import { compileScorer } from '../../../core/model/scorer.ts';
import { train } from '../../../workers/training/train.ts';
import assert from 'node:assert/strict';

describe('the baseline', () => {
  const baseline = (labelKind: 'binary' | 'number') =>
    train(aJob({ folder: 'none', labelKind, candidate: { kind: 'baseline', name: 'baseline' } }), {
      analytics: analyticsOf(smallSplits()),
      tensors: () => assert.fail('it needs no TF.js'),
      events: { progress: () => {}, checkpoint: () => {}, log: () => {}, check: () => {} },
      memoryLimitMb: 1024,
    });
  const labels = smallSplits().train!.columns[LABEL] as number[];
  const share = labels.reduce((sum, label) => sum + label, 0) / labels.length;
  const unseen = makeRows(50, 3);

  it('answers the share of positives for every row', async () => {
    const scores = compileScorer(await baseline('binary')).scoreChunk(unseen);
    assert.equal(scores.length, 50);
    for (const score of scores) assert.ok(Math.abs(score - share) < 1e-6, `${score}, not ${share}`);
  });

  it('answers the mean of labels that are numbers', async () => {
    const scores = compileScorer(await baseline('number')).scoreChunk(unseen);
    for (const score of scores) assert.ok(Math.abs(score - share) < 1e-6, `${score}, not ${share}`);
  });
});
