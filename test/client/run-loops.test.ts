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
  it('prediction says which batch was made, by whom, of how many rows', async () => {
    const { out, err, code } = await perennial(
      ['run', 'prediction', 'fraud'],
      ended({ batch: '3fa9c1', version: 2, rows: 300, note: null }),
    );
    assert.equal(code, 0);
    assert.match(err, /Running fraud\/prediction\/1/);
    assert.equal(out, 'batch: 3fa9c1\nversion: 2\nrows: 300\nnote: null\n');
  });

  it('lifecycle tells what came of each part, a line each', async () => {
    const parts = [
      { part: 'data', result: 'done', detail: 'snapshot 41ab' },
      { part: 'training', result: 'waiting', detail: 'the last one is too recent' },
    ];
    const { out } = await perennial(['run', 'lifecycle', 'fraud'], ended({ asOf: '2026-01-11T03:00:00.000Z', parts }));
    assert.equal(
      out,
      'asOf: 2026-01-11T03:00:00.000Z\nparts:\n  data      done     snapshot 41ab\n  training  waiting  the last one is too recent\n',
    );
  });

  it('says how to write it when the pipeline is named first, as most commands want it', async () => {
    for (const loop of ['data', 'training']) {
      const { code, err } = await perennial(['run', 'fraud', loop], ended({}));
      assert.equal(code, 1);
      assert.ok(err.endsWith(`Did you mean: perennial run ${loop} fraud\n`), err);
    }
    assert.doesNotMatch((await perennial(['run', 'dta', 'fraud'], ended({}))).err, /Did you mean/);
  });

  it('does not run the loop that runs for ever', async () => {
    const { code, err } = await perennial(['run', 'retraining', 'fraud'], ended({}));
    assert.equal(code, 1);
    assert.match(err, /no loop "retraining". Loops are: data, training, prediction, monitoring, lifecycle/);
  });
});
