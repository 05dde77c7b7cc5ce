import { createBreaker } from '../../../../server/serving/breakers/breaker.ts';
import assert from 'node:assert/strict';

describe('the breaker of a version', () => {
  const aTrippedOne = () => {
    const breaker = createBreaker({ failures: 3, restMs: 1_000 });
    for (const now of [10, 20, 30]) breaker.failed(now, `failure at ${now}`);
    return breaker;
  };

  it('trips after a set number of consecutive failures, and a success restarts the count', () => {
    const breaker = createBreaker({ failures: 3, restMs: 1_000 });
    assert.deepEqual([breaker.failed(0, ''), breaker.failed(0, ''), breaker.succeeded()], [false, false, false]);
    assert.deepEqual([breaker.failed(0, ''), breaker.failed(0, '')], [false, false]);
    assert.equal(breaker.state(0), 'closed');
    assert.equal(breaker.failed(5, 'it throws'), true);
    assert.equal(breaker.state(5), 'open');
    assert.deepEqual([breaker.trip, breaker.trips], [{ since: 5, why: 'it throws' }, 1]);
  });

  it('is open for its rest, then lets a row try, and closes when that succeeds', () => {
    const breaker = aTrippedOne();
    assert.deepEqual([breaker.state(1_029), breaker.state(1_030)], ['open', 'half-open']);
    assert.equal(breaker.succeeded(), true);
    assert.deepEqual([breaker.state(1_031), breaker.trip], ['closed', null]);
  });

  it('opens again at once when that row fails, which still counts as the same trip', () => {
    const breaker = aTrippedOne();
    assert.equal(breaker.failed(1_040, 'again'), false);
    assert.deepEqual([breaker.state(2_039), breaker.state(2_040)], ['open', 'half-open']);
    assert.deepEqual([breaker.trips, breaker.trip], [1, { since: 30, why: 'failure at 30' }]);
  });
});
