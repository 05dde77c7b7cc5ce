import { createThreads } from '../../../workers/threads/threads.ts';
import assert from 'node:assert/strict';

const unless = new AbortController().signal;

describe('threads', () => {
  const threads = createThreads({ most: 1, idleMs: 1_000 });

  it('compute what they are asked to, one after another, and take typed arrays over', async () => {
    const [scores, labels] = [Float64Array.of(0.1, 0.9), Float64Array.of(0, 1)];
    const first = threads.run('metricsOf', ['binary', scores, labels], unless);
    const second = threads.run('metricsOf', ['number', Float64Array.of(2, 4), Float64Array.of(1, 5)], unless);
    assert.equal(((await first) as { rocAuc: number }).rocAuc, 1);
    assert.equal(((await second) as { rmse: number }).rmse, 1);
    assert.deepEqual([scores.length, labels.length], [0, 0]);
  });

  it('reject with the error of the computation, and compute the next', async () => {
    await assert.rejects(threads.run('metricsOf', ['binary', [0.5], [2]], unless), /label of row 0 is 2, not 0 or 1/);
    assert.ok(await threads.run('metricsOf', ['binary', [0.5], [1]], unless));
  });

  it('end with the signal in the middle of a computation', async () => {
    const rows = 2_000_000;
    const random = () => Float64Array.from({ length: rows }, (_, i) => ((i * 7919) % 1009) / 1009);
    const split = {
      labels: Float64Array.from({ length: rows }, (_, i) => i % 2),
      times: new Float64Array(rows),
      blocks: Float64Array.from({ length: rows }, (_, i) => i),
      scores: [random(), random()],
    };
    const signal = AbortSignal.timeout(200);
    await assert.rejects(
      threads.run(
        'compareOnHoldout',
        [split, { kind: 'binary', metric: 'rocAuc', driftSince: null, by: 'entity', level: 0.95 }],
        signal,
      ),
      {
        name: 'TimeoutError',
      },
    );
  });
});
