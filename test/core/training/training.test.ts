import { bestCandidate } from '../../../core/training/training.ts';
import { aResult } from '../../support/temporal/scripts.ts';
import assert from 'node:assert/strict';

const withLoss = (candidate: string, logLoss: number | null) => {
  const result = aResult(candidate, 0.5);
  return { ...result, selection: { ...result.selection, logLoss } };
};

describe('the best candidate', () => {
  it('has the largest value of a metric of which more is better', () => {
    assert.equal(
      bestCandidate([aResult('a', 0.2), aResult('b', 0.9), aResult('c', 0.4)], 'averagePrecision').candidate,
      'b',
    );
  });

  it('has the smallest value of a loss', () => {
    assert.equal(bestCandidate([withLoss('a', 0.2), withLoss('b', 0.9)], 'logLoss').candidate, 'a');
  });

  it('has the smallest error of an estimated number', () => {
    const withError = (candidate: string, rmse: number) => {
      const result = aResult(candidate, null);
      return { ...result, selection: { ...result.selection, rmse, r2: -rmse } };
    };
    const results = [withError('a', 3), withError('b', 2), withError('c', 5)];
    assert.equal(bestCandidate(results, 'rmse').candidate, 'b');
    assert.equal(bestCandidate(results, 'r2').candidate, 'b');
  });

  it('is not one without a value, while another has one', () => {
    assert.equal(bestCandidate([aResult('a', null), aResult('b', 0.1)], 'averagePrecision').candidate, 'b');
    assert.equal(bestCandidate([withLoss('a', null), withLoss('b', 9)], 'logLoss').candidate, 'b');
  });

  it('is the first declared of those that are alike', () => {
    assert.equal(bestCandidate([aResult('a', 0.5), aResult('b', 0.5)], 'averagePrecision').candidate, 'a');
  });
});
