import { withFailures } from '../../../activities/steps/failures.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import { failureOf } from '../../support/steps/failures.ts';
import { ApplicationFailure, type Info } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import assert from 'node:assert/strict';

const logger = new DefaultLogger('ERROR');
let steps = 0;

describe('a failure of a step', () => {
  /** Attempts of one step, each with an end of its own. */
  const attempts = (info: Partial<Info> = {}) => {
    const activityId = `outage-${++steps}`;
    return (end: () => Promise<unknown>): Promise<unknown> => {
      const { step } = withFailures({ step: end });
      return new MockActivityEnvironment({ activityId, ...info }, { logger }).run(step);
    };
  };
  const failing = (error: unknown) => () => Promise.reject(error as Error);
  const mistake = failing(new TypeError('rows is undefined'));
  const refused = failing(Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:5432'), { code: 'ECONNREFUSED' }));

  it('is retried without limit while something is unreachable, and shows the reason', async () => {
    const attempt = attempts();
    for (let i = 0; i < 300; i++) {
      const failure = await failureOf(attempt(refused));
      assert.deepEqual([failure.type, failure.nonRetryable], ['UNREACHABLE', false]);
      assert.equal(failure.message, 'connect ECONNREFUSED 10.0.0.7:5432');
    }
  });

  it('ends the step at once when only a person can fix it', async () => {
    const failure = await failureOf(attempts()(failing(new UserError('SOURCE_COLUMN_MISSING', 'no amount'))));
    assert.deepEqual([failure.type, failure.nonRetryable], ['SOURCE_COLUMN_MISSING', true]);
  });

  it('ends the step after ten unexpected errors: a bug is not retried for days', async () => {
    const attempt = attempts();
    for (let i = 1; i < 10; i++) assert.equal((await failureOf(attempt(mistake))).nonRetryable, false);
    const failure = await failureOf(attempt(mistake));
    assert.deepEqual([failure.type, failure.nonRetryable], ['TypeError', true]);
    assert.equal(failure.message, 'rows is undefined');
  });

  it('is retried without limit in a step that never gives up, since nothing else does its work', async () => {
    const attempt = attempts({ scheduleToCloseTimeoutMs: 0 });
    for (let i = 0; i < 30; i++) assert.equal((await failureOf(attempt(mistake))).nonRetryable, false);
  });

  for (const code of ['40001', '40P01', '55P03', '55006', '57P01'])
    it(`is expected when Postgres aborts the work for a while (SQLSTATE ${code})`, async () => {
      const attempt = attempts();
      const calledOff = failing(Object.assign(new Error('deadlock detected'), { code, severity: 'ERROR' }));
      for (let i = 0; i < 30; i++) {
        const failure = await failureOf(attempt(calledOff));
        assert.deepEqual([failure.type, failure.nonRetryable], ['UNREACHABLE', false]);
      }
    });

  it('counts unexpected errors, not attempts: one after a long outage is the first', async () => {
    const attempt = attempts();
    for (let i = 0; i < 50; i++) await failureOf(attempt(refused));
    assert.equal((await failureOf(attempt(mistake))).nonRetryable, false);
    assert.equal(await attempt(() => Promise.resolve('done')), 'done');
  });

  it('passes unchanged when the step itself chose it', async () => {
    const waits = ApplicationFailure.create({ message: 'not yet', type: 'TRAINING_GOES_ON' });
    const attempt = attempts();
    for (let i = 0; i < 20; i++) assert.equal(await failureOf(attempt(failing(waits))), waits);
  });
});
