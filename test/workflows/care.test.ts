import { type CareResult, type Removed } from '../../core/runs/care.ts';
import { failureOf, loopsUnderTest } from '../support/temporal/loops.ts';
import { MOMENT } from '../support/temporal/scripts.ts';
import { ApplicationFailure } from '@temporalio/common';
import assert from 'node:assert/strict';

const days: Removed = { kind: 'predictions', count: 2, bytes: null, first: ['predictions_20250101'] };
const parts: Removed = { kind: 'parts', count: 1, bytes: 9, first: ['parts/a'] };
const nothing: Removed = { kind: 'models', count: 0, bytes: 0, first: [] };

describe('the care of an installation @slow', () => {
  const loops = loopsUnderTest();

  for (const dryRun of [false, true])
    it(`removes rows and then objects, and reports the kinds that lost any${dryRun ? ', also in a dry run' : ''}`, async () => {
      loops().follow({
        removeOldRows: () => ({ asOf: MOMENT, removed: [days] }),
        sweepObjects: () => [parts, nothing],
      });
      const result = (await (await loops().start('care', { dryRun })).result()) as CareResult;
      assert.deepEqual(result, { asOf: MOMENT, dryRun, removed: [days, parts] });
      assert.deepEqual(loops().calls, [
        { step: 'removeOldRows', input: { dryRun } },
        { step: 'sweepObjects', input: { dryRun } },
      ]);
    });

  it('continues when the store is back', async () => {
    let times = 0;
    loops().follow({
      removeOldRows: () => ({ asOf: MOMENT, removed: [] }),
      sweepObjects: () => {
        if (++times < 3) throw ApplicationFailure.retryable('the store is away', 'OBJECT_STORE_UNREACHABLE');
        return [parts];
      },
    });
    const result = (await (await loops().start('care', { dryRun: false })).result()) as CareResult;
    assert.deepEqual(result.removed, [parts]);
  });

  it('deletes no objects when rows cannot be removed', async () => {
    loops().follow({
      removeOldRows: () => {
        throw ApplicationFailure.nonRetryable('must be owner of table predictions', 'error');
      },
    });
    const { message } = await failureOf((await loops().start('care', { dryRun: false })).result());
    assert.match(message, /must be owner/);
    assert.equal(loops().taken('sweepObjects'), 0);
  });
});
