import { aJob, analyticsOf, makeRows, smallSplits } from '../../support/data/training-data.ts';
import { LABEL, TIME } from '../../../core/data/data.ts';
import { compileScorer, parseTrainedModel } from '../../../core/model/scorer.ts';
import { MINUTE } from '../../../core/time/time.ts';
import { type TrainingJob } from '../../../core/training/trainer.ts';
import { train } from '../../../workers/training/train.ts';
import assert from 'node:assert/strict';

describe('the baseline', () => {
  const baseline = (labelKind: 'binary' | 'number', job: Partial<TrainingJob> = {}) =>
    train(aJob({ folder: 'none', labelKind, candidate: { kind: 'baseline', name: 'baseline' }, ...job }), {
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

  it('answers the last value of a label, where a column holds it, and otherwise the mean', async () => {
    const candidate = { kind: 'baseline', name: 'last', last: 'east' } as const;
    const model = await train(aJob({ folder: 'none', labelKind: 'number', candidate }), {
      analytics: analyticsOf(smallSplits()),
      tensors: () => assert.fail('it needs no TF.js'),
      events: { progress: () => {}, checkpoint: () => {}, log: () => {}, check: () => {} },
      memoryLimitMb: 1024,
    });
    const scorer = compileScorer(parseTrainedModel(JSON.stringify(model)));
    const scores = scorer.scoreChunk(unseen);
    for (const [row, value] of (unseen.columns['east'] as number[]).entries())
      assert.ok(Math.abs(scores[row]! - value) < 1e-5, `${scores[row]}, not ${value}`);
    assert.ok(Math.abs(scorer.score({ east: 12_345.5 }) - 12_345.5) < 0.01, 'a value that was never seen is kept');
    assert.ok(Math.abs(scorer.score({ east: null }) - share) < 1e-6);
  });

  it('answers the mean label of the newest rows where it is to be recent, in whatever order they come', async () => {
    const splits = smallSplits();
    const times = labels.map((_, row) => Date.parse('2026-01-01') + ((row * 37) % labels.length) * MINUTE);
    splits.train!.columns[TIME] = times;
    const candidate = { kind: 'baseline', name: 'recent', recent: '5 hours' } as const;
    const model = await train(aJob({ folder: 'none', labelKind: 'number', candidate }), {
      analytics: analyticsOf(splits),
      tensors: () => assert.fail('it needs no TF.js'),
      events: { progress: () => {}, checkpoint: () => {}, log: () => {}, check: () => {} },
      memoryLimitMb: 1024,
    });
    const newest = labels.filter((_, row) => (row * 37) % labels.length >= labels.length - 300);
    const level = newest.reduce((sum, label) => sum + label, 0) / newest.length;
    assert.equal(newest.length, 300);
    for (const score of compileScorer(model).scoreChunk(unseen)) assert.ok(Math.abs(score - level) < 1e-6);
  });

  it('answers the median of labels whose absolute errors are compared', async () => {
    const positive = share > 0.5 ? 1 : 0;
    for (const candidate of [
      { kind: 'baseline', name: 'all' },
      { kind: 'baseline', name: 'last', last: 'east' },
    ] as const) {
      const { score } = compileScorer(await baseline('number', { metric: 'mae', candidate }));
      assert.ok(Math.abs(score({ east: null }) - positive) < 1e-6);
    }
  });

  it('answers the mean of labels that are numbers', async () => {
    const scores = compileScorer(await baseline('number')).scoreChunk(unseen);
    for (const score of scores) assert.ok(Math.abs(score - share) < 1e-6, `${score}, not ${share}`);
  });
});
