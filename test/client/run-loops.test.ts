import { perennial } from '../support/fake-operations.ts';
import assert from 'node:assert/strict';

/** Runs that have ended when somebody looks, with what they returned. */
const ended = (result: unknown) => ({
  run: {
    start: async (loop: string, pipeline: string) => `${pipeline}/${loop}/1`,
    state: async (workflowId: string) => ({ workflowId, status: 'completed' as const, steps: [] }),
    result: async () => result,
  },
});

describe('perennial run', () => {
  it('prediction prints the batch, the version and the number of rows', async () => {
    const { out, err, code } = await perennial(
      ['run', 'fraud', 'prediction'],
      ended({ batch: '3fa9c1', version: 2, rows: 300, note: null }),
    );
    assert.equal(code, 0);
    assert.match(err, /Running fraud\/prediction\/1/);
    assert.equal(out, 'batch: 3fa9c1\nversion: 2\nrows: 300\n');
  });

  it('lifecycle prints the result of each part, a line each', async () => {
    const parts = [
      { part: 'data', result: 'done', detail: 'snapshot 41ab' },
      { part: 'training', result: 'waiting', detail: 'the last one is too recent' },
    ];
    const { out } = await perennial(['run', 'fraud', 'lifecycle'], ended({ asOf: '2026-01-11T03:00:00.000Z', parts }));
    assert.equal(
      out,
      'asOf: 2026-01-11T03:00:00.000Z\nparts:\n  data      done     snapshot 41ab\n  training  waiting  the last one is too recent\n',
    );
  });

  it('takes the loop first for one more release, and says that the pipeline comes first', async () => {
    const { code, err } = await perennial(['run', 'data', 'fraud'], ended({}));
    assert.equal(code, 0);
    assert.match(err, /^Name the pipeline first, as in all commands: perennial run fraud data\./);
    assert.match(err, /Running fraud\/data\/1/);
    const called = await perennial(['run', 'data', 'monitoring'], ended({}));
    assert.doesNotMatch(called.err, /Name the pipeline first/, 'a pipeline may be called as a loop is');
  });

  it('does not run the loop that runs for ever', async () => {
    const { code, err } = await perennial(['run', 'fraud', 'retraining'], ended({}));
    assert.equal(code, 1);
    assert.match(err, /no loop "retraining". Loops are: data, training, prediction, monitoring, lifecycle/);
  });
});
