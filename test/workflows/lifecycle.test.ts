import { type LifecycleResult } from '../../workflows/lifecycle.ts';
import { devServer, eventually } from '../support/temporal/dev-server.ts';
import { fraud, loopsUnderTest } from '../support/temporal/loops.ts';
import { aCheck, dataScript, lifecycleScript, MOMENT } from '../support/temporal/scripts.ts';
import { type Script } from '../support/temporal/workflows.ts';
import { names } from '../support/temporal/names.ts';
import { sleep } from '@temporalio/activity';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import assert from 'node:assert/strict';

const input = { pipeline: fraud, asOf: MOMENT };
const broken = (message: string) => () => {
  throw ApplicationFailure.nonRetryable(message, 'A_CODE');
};

describe('the lifecycle loop @slow', () => {
  const loops = loopsUnderTest();
  const live = async (changes: Script = {}): Promise<Record<string, string>> => {
    loops().follow({ ...lifecycleScript(), ...changes });
    const { parts } = (await (await loops().start('lifecycle', input)).result()) as LifecycleResult;
    return Object.fromEntries(parts.map(({ part, result, detail }) => [part, `${result}: ${detail}`]));
  };

  it('runs data, training, prediction and monitoring once, in this order', async () => {
    assert.deepEqual(await live(), {
      data: 'done: snapshot a-snapshot',
      training: 'done: v2 promoted: better by 0.04',
      prediction: 'done: batch a-batch of 300 rows by v2',
      monitoring: 'done: stable (verdict a-verdict)',
    });
    const steps = loops().calls.map((call) => call.step);
    const order = ['profileSnapshot', 'askOnSchedule', 'awaitTraining', 'publishBatch', 'checkDrift'] as const;
    assert.deepEqual(steps.filter((step) => (order as readonly string[]).includes(step)), order); // prettier-ignore
    assert.deepEqual(loops().calls.find((call) => call.step === 'awaitTraining')?.input, {
      pipeline: 'fraud',
      request: `schedule/fraud/${MOMENT}`,
      asOf: MOMENT,
    });
    const opened = loops().calls.find((call) => call.step === 'openBatch')?.input;
    assert.equal((opened as { version?: number }).version, 2, 'the batch is what the version was trained for');
    const prediction = await loops()
      .adopt(names.run('fraud', 'prediction', MOMENT))
      .describe();
    assert.equal(prediction.status.name, 'COMPLETED');
  });

  it('reports an unreachable source, skips what needs its rows, and still checks the requests', async () => {
    assert.deepEqual(await live({ planExtraction: broken('the source is away') }), {
      data: 'failed: the source is away',
      training: 'skipped: there is no fresh data',
      prediction: 'skipped: there is no fresh data',
      monitoring: 'done: stable (verdict a-verdict)',
    });
  });

  it('predicts with the current champion when the training failed', async () => {
    const outcome = { result: 'failed', version: null, reason: 'one class', endedAt: MOMENT } as const;
    const parts = await live({ awaitTraining: () => ({ outcome, why: null }) });
    assert.equal(parts['training'], 'failed: failed: one class');
    assert.ok(!Object.hasOwn(loops().calls.find((call) => call.step === 'openBatch')!.input as object, 'version'));
    assert.match(parts['prediction']!, /^done/);
  });

  it('calls a training that a person cancelled no failure', async () => {
    const outcome = { result: 'cancelled', version: null, reason: 'a person cancelled it (ada)', endedAt: MOMENT } as const; // prettier-ignore
    const parts = await live({ awaitTraining: () => ({ outcome, why: null }) });
    assert.equal(parts['training'], 'cancelled: a person cancelled it (ada)');
    assert.match(parts['prediction']!, /^done/);
  });

  it('does not wait for a training that policy delays', async () => {
    const parts = await live({ awaitTraining: () => ({ outcome: null, why: 'the last one is too recent' }) });
    assert.equal(parts['training'], 'waiting: the last one is too recent');
    assert.match(parts['prediction']!, /^done/);
  });

  it('checks for drift even if no batch could be scored', async () => {
    const parts = await live({ scorePart: broken('the model is spoilt'), checkDrift: () => aCheck('drifting') });
    assert.equal(parts['prediction'], 'failed: the model is spoilt');
    assert.match(parts['monitoring']!, /^done: drifting/);
  });

  it('ends when it is cancelled, without starting the next part', async () => {
    loops().follow({ ...lifecycleScript(), ...dataScript(), publishedSnapshot: () => null });
    const run = await loops().start('lifecycle', { pipeline: fraud, asOf: '2026-01-12T03:00:00.000Z' });
    await run.cancel();
    await assert.rejects(run.result(), WorkflowFailedError);
    assert.equal(loops().taken('openBatch'), 0);
  });
});

describe('the lifecycle loop whose data run somebody ends in Temporal itself @slow', () => {
  const server = devServer();
  const endings = {
    cancelled: (run: WorkflowHandle) => run.cancel(),
    terminated: (run: WorkflowHandle) => run.terminate('by an operator'),
  };

  for (const [ended, end] of Object.entries(endings))
    it(`reports it as ${ended}, which is no failure, and still checks the requests`, async () => {
      const { client } = server();
      let planned = false;
      const planExtraction = async (): Promise<void> => {
        planned = true;
        await sleep('1 minute');
      };
      const stop = await server().work({ ...lifecycleScript(), publishedSnapshot: () => null, planExtraction });
      const { taskQueue, workflowId } = { taskQueue: names.queues.control, workflowId: `lifecycle/${ended}` };
      const run = await client.workflow.start('lifecycle', { taskQueue, workflowId, args: [input] });
      await eventually(async () => planned);
      await end(client.workflow.getHandle(names.run('fraud', 'data', MOMENT)));
      const { parts } = (await run.result()) as LifecycleResult;
      assert.deepEqual(
        parts.map(({ part, result, detail }) => `${part} ${result}: ${detail}`),
        [
          `data cancelled: its run was ${ended}`,
          'training skipped: there is no fresh data',
          'prediction skipped: there is no fresh data',
          'monitoring done: stable (verdict a-verdict)',
        ],
      );
      await stop();
    });
});
