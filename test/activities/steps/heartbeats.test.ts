import { withHeartbeats } from '../../../activities/steps/heartbeats.ts';
import { MockActivityEnvironment } from '@temporalio/testing';
import assert from 'node:assert/strict';

/** An attempt of a step whose predecessors fell silent so often, in this process. */
const attempt = (step: string, silences: number): Promise<string> =>
  new MockActivityEnvironment({ activityId: step, heartbeatTimeoutMs: 60_000, heartbeatDetails: { silences } }).run(
    () => withHeartbeats(async () => 'done'),
  );

describe('a step whose worker fell silent five times', () => {
  it('is refused by a worker that never began it', async () => {
    await assert.rejects(attempt('lost', 5), { code: 'WORKER_LOST', message: /in a row/ });
  });

  it('is taken again by the worker that began it: it was alive, and only its heartbeats were lost', async () => {
    assert.equal(await attempt('silent', 4), 'done');
    assert.equal(await attempt('silent', 5), 'done');
  });
});
