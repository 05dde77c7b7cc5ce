import { messageOf, UserError } from '../../../../core/base/errors/errors.ts';
import { RequestProblem } from '../../../../server/protocols/errors.ts';
import assert from 'node:assert/strict';

describe('an error for a person', () => {
  it('is recognised by every copy of the module: a built program and its declarations have one each', async () => {
    const elsewhere = new URL('../../../../core/base/errors/errors.ts?copy', `file://${import.meta.filename}`).href;
    const copy = (await import(elsewhere)) as { UserError: typeof UserError };
    const foreign = new copy.UserError('RUN_FAILED', 'it says what to do');
    assert.notEqual(copy.UserError, UserError);
    assert.ok(foreign instanceof UserError);
    assert.equal(messageOf(foreign), 'it says what to do');
  });

  it('is distinguished from lookalikes, and so are its subclasses', () => {
    assert.ok(!(new Error('no') instanceof UserError));
    assert.ok(!({ name: 'UserError', code: 'RUN_FAILED' } instanceof UserError));
    assert.ok(!(new UserError('RUN_FAILED', 'no') instanceof RequestProblem));
    assert.ok(new RequestProblem('no') instanceof UserError);
  });
});
