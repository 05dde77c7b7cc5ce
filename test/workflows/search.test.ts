import { UserError } from '../../core/base/errors/errors.ts';
import { leaderboard } from '../../workflows/messages.ts';
import { loopsOfTheirOwn } from '../support/temporal/loops.ts';
import { aResult, aSearch, trainingScript } from '../support/temporal/scripts.ts';
import { type Script, until } from '../support/temporal/workflows.ts';
import { CancelledFailure, heartbeat, sleep } from '@temporalio/activity';
import assert from 'node:assert/strict';

const input = { pipeline: 'fraud', cycle: 'fraud-2026-01-11T03:00Z-3fa9c1' };

describe('a training that searches @slow', () => {
  const loops = loopsOfTheirOwn();
  const inputsOf = (step: string) =>
    loops()
      .calls.filter((call) => call.step === step)
      .map((call) => call.input);
  const trainedAt = (rung: number): string[] =>
    (inputsOf('trainTrial') as { trial: string; rung: number }[])
      .filter((one) => one.rung === rung)
      .map(({ trial }) => trial)
      .sort();
  const board = async (run: Awaited<ReturnType<ReturnType<typeof loops>['start']>>) => run.query(leaderboard);

  it('trains every trial on few rows, the better ones on more, and lets the best compete with what is declared', async () => {
    loops().follow({ ...trainingScript({ mlp: 0.8 }), ...aSearch([0.1, 0.9, 0.4, 0.7]) });
    const run = await loops().start('training', input);

    assert.equal(((await run.result()) as { result: string }).result, 'rolling out');
    assert.deepEqual(
      [trainedAt(0), trainedAt(1)],
      [
        ['t0', 't1', 't2', 't3'],
        ['t1', 't3'],
      ],
    );
    assert.deepEqual(inputsOf('closeRung'), [{ run: input.cycle, rung: 0, began: ['t0', 't1', 't2', 't3'] }]);
    assert.deepEqual(inputsOf('evaluateWinner'), [{ run: input.cycle, candidate: 't1' }]);

    const { lines, search } = await board(run);
    assert.equal(search, 'two were trained on all rows');
    assert.deepEqual(
      lines.map(({ candidate, state, rung, value, winner }) => [candidate, state, rung, value, winner]),
      [
        ['t1', 'finished', 2, 0.9, true],
        ['mlp', 'finished', null, 0.8, false],
        ['t3', 'finished', 2, 0.7, false],
        ['t2', 'stopped', 1, 0.4, false],
        ['t0', 'stopped', 1, 0.1, false],
      ],
    );
  });

  it('starts all trials of a rung at once, so that twenty free slots train twenty', async () => {
    const script = aSearch(Array.from({ length: 20 }, (_, i) => i / 20));
    let running = 0;
    loops().follow({
      ...trainingScript({ mlp: 0.8 }),
      ...script,
      trainTrial: async (task) => {
        running++;
        await until(() => task.rung > 0 || running === 20); // none ends before all have begun
        return script.trainTrial!(task);
      },
    } as Script);
    await (await loops().start('training', input)).result();
    assert.deepEqual([trainedAt(0).length, trainedAt(1).length], [20, 10]);
  });

  it('shows how each trial goes while it runs', async () => {
    const script = aSearch([0.1, 0.9, 0.4, 0.7]);
    let seen: unknown;
    loops().follow({
      ...trainingScript({ mlp: 0.8 }),
      ...script,
      closeRung: async (task) => {
        const { lines } = await loops().environment.client.workflow.getHandle(started.workflowId).query(leaderboard);
        seen = lines.filter(({ options }) => options !== null).map(({ candidate, state }) => [candidate, state]);
        return script.closeRung!(task);
      },
    } as Script);
    const started = await loops().start('training', input);
    await started.result();
    assert.deepEqual(seen, [['t1', 'waiting'], ['t3', 'waiting'], ['t2', 'waiting'], ['t0', 'waiting']]); // prettier-ignore
  });

  it('continues without a trial that fails, and with none does with what is declared', async () => {
    const script = aSearch([0.1, 0.9, 0.4, 0.7]);
    const diverged = () => Promise.reject(new UserError('TRAINING_DIVERGED', 'The loss is not a number.'));
    loops().follow({ ...trainingScript({ mlp: 0.8 }), ...script, trainTrial: diverged, closeRung: () => ({ continuing: [] }), endSearch: () => ({ found: [], outcome: 'none' }) }); // prettier-ignore
    const run = await loops().start('training', input);
    assert.equal(((await run.result()) as { result: string }).result, 'rolling out');
    assert.deepEqual(inputsOf('evaluateWinner'), [{ run: input.cycle, candidate: 'mlp' }]);
    assert.deepEqual((await board(run)).lines.slice(1).map(({ state }) => state), ['failed', 'failed', 'failed', 'failed']); // prettier-ignore
  });

  it('ends when it is cancelled while its time is running', async () => {
    const script = aSearch([0.1, 0.9], 3_600_000);
    const stopped: string[] = [];
    loops().follow({
      ...trainingScript({ mlp: 0.8 }),
      ...script,
      trainTrial: async ({ trial }) => {
        try {
          for (; ; heartbeat()) await sleep(50); // throws when the activity is cancelled
        } finally {
          stopped.push(trial);
        }
      },
    } as Script);
    const run = await loops().start('training', input);
    await until(() => inputsOf('trainTrial').length === 2);
    await run.cancel();

    await assert.rejects(run.result(), (error: Error) => error.cause instanceof CancelledFailure);
    await until(() => stopped.length === 2);
    assert.deepEqual([inputsOf('endSearch'), inputsOf('evaluateWinner'), inputsOf('closeCycle').length], [[], [], 1]);
  });

  it('does with what is declared when the search itself fails', async () => {
    const broken = () => Promise.reject(new UserError('TRAINING_RUN_UNKNOWN', 'There is no such run.'));
    loops().follow({ ...trainingScript({ mlp: 0.8 }), ...aSearch([0.1, 0.9]), openSearch: broken } as Script);
    const run = await loops().start('training', input);
    assert.equal(((await run.result()) as { result: string }).result, 'rolling out');
    assert.equal((await board(run)).search, 'the search failed: There is no such run.');
  });

  it('when its time is up stops what runs, and trains the best so far on all rows', async () => {
    const script = aSearch([0.1, 0.9, 0.4, 0.7], 3_000);
    let slow = 0;
    loops().follow({
      ...trainingScript({ mlp: 0.8 }),
      ...script,
      trainTrial: async (task) => {
        if (task.trial !== 't1') for (slow++; ; heartbeat()) await sleep(50); // throws when the activity is cancelled
        return script.trainTrial!(task);
      },
      cutSearch: () => ({ best: 't1' }),
      endSearch: ({ cutAt }) => ({ found: [aResult('t1', 0.9)], outcome: `cut in rung ${cutAt! + 1}` }),
    } as Script);
    const run = await loops().start('training', input);

    assert.equal(((await run.result()) as { result: string }).result, 'rolling out');
    assert.deepEqual([slow, trainedAt(1), inputsOf('closeRung')], [3, ['t1'], []]);
    assert.deepEqual(inputsOf('evaluateWinner'), [{ run: input.cycle, candidate: 't1' }]);
    const { lines, search } = await board(run);
    assert.equal(search, 'cut in rung 1');
    assert.equal(lines.filter(({ state }) => state === 'stopped').length, 3);
  });
});
