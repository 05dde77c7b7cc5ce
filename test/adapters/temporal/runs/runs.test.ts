import { createApprovalDesk } from '../../../../adapters/temporal/runs/approvals.ts';
import { createRolloutRuns } from '../../../../adapters/temporal/runs/rollout-runs.ts';
import { createRuns } from '../../../../adapters/temporal/runs/runs.ts';
import { devServer, eventually } from '../../../support/temporal/dev-server.ts';
import { MOMENT, rolloutScript, trainingScript } from '../../../support/temporal/scripts.ts';
import { names } from '../../../support/temporal/names.ts';
import { heartbeat, sleep } from '@temporalio/activity';
import assert from 'node:assert/strict';

const CYCLE = 'fraud-2026-01-11T03:00Z-3fa9c1';
const asking = { pipeline: 'fraud', cycle: CYCLE, rollout: CYCLE };
const ada = { approve: true, by: 'ada', reason: 'looks good' };

describe('runs on a real server @slow', () => {
  const server = devServer();
  const runs = () => createRuns(server().client, server().settings);
  const desk = (patience = 60_000) => createApprovalDesk(server().client, server().settings, { patience });
  const train = (cycle = CYCLE) =>
    server().client.workflow.start('training', {
      workflowId: names.training('fraud', cycle),
      taskQueue: names.queues.control,
      args: [{ pipeline: 'fraud', cycle }],
    });
  const asked = { decision: null, until: '2026-01-14T03:00:00.000Z', within: '3 days', milliseconds: 3_600_000 };

  it('report that no worker is there to do the work, and accept no decision meanwhile', async () => {
    await assert.rejects(runs().requireWorker(), { code: 'NO_WORKER' });
    const run = await train();
    await assert.rejects(desk(3_000).decide(asking, ada), { code: 'NO_WORKER', message: /within 3 s/ });
    await run.terminate();
  });

  it('are found and can be ended before a worker has taken them', async () => {
    const { workflowId } = await train('fraud-2026-01-11T03:00Z-0e0e0e');
    const { pipeline, loop, status } = await runs().find(workflowId);
    assert.deepEqual({ pipeline, loop, status }, { pipeline: 'fraud', loop: 'training', status: 'running' });
    await runs().cancel(workflowId);
    await server().client.workflow.getHandle(workflowId).terminate();
  });

  it('are listed by pipeline with all that is known of each', async () => {
    const stop = await server().work({ checkDrift: () => null });
    const start = (pipeline: string) =>
      runs().start('monitoring', { pipeline: { name: pipeline, revision: 'r' }, asOf: MOMENT });
    await runs().result(await start('churn'));
    await runs().result(await start('shop'));

    const [churn, ...others] = await eventually(async () => {
      const listed = await runs().list({ pipeline: 'churn', limit: 10 });
      return listed[0]?.status === 'completed' && listed;
    });
    assert.equal(others.length, 0);
    const { runId, startedAt, closedAt, ...told } = churn!;
    assert.ok(runId && startedAt <= closedAt!);
    assert.deepEqual(told, {
      workflowId: 'churn/monitoring/2026-01-11T03:00Z',
      pipeline: 'churn',
      loop: 'monitoring',
      status: 'completed',
      asOf: MOMENT,
      cycle: null,
      version: null,
    });
    await eventually(async () => (await runs().list({ limit: 10 })).some(({ pipeline }) => pipeline === 'shop'));
    assert.equal((await runs().list({ limit: 1 })).length, 1);
    await stop();
  });

  it('show the last heartbeats of their steps, and end when they are cancelled', async () => {
    const trainCandidate = async (): Promise<never> => {
      for (let epoch = 1; ; epoch++) {
        heartbeat({ epoch });
        await sleep(50);
      }
    };
    const stop = await server().work({ ...(trainingScript() as object), trainCandidate });
    const { workflowId } = await train();
    const step = await eventually(async () =>
      (await runs().state(workflowId)).steps.find(({ progress }) => (progress as { epoch: number } | null)?.epoch),
    );
    assert.deepEqual(
      { name: step.name, attempt: step.attempt, lastError: step.lastError },
      {
        name: 'trainCandidate',
        attempt: 1,
        lastError: null,
      },
    );
    assert.ok(Math.abs(Date.parse(step.startedAt!) - Date.now()) < 60_000);
    const { loop, cycle, asOf } = await runs().find(workflowId);
    assert.deepEqual({ loop, cycle, asOf }, { loop: 'training', cycle: CYCLE, asOf: MOMENT });

    await runs().cancel(workflowId);
    await eventually(async () => (await runs().state(workflowId)).status === 'cancelled');
    await assert.rejects(runs().result(workflowId), {
      code: 'RUN_FAILED',
      message: `${workflowId} has no result: it was cancelled`,
    });
    const { workflowId: next } = await train('fraud-2026-01-12T03:00Z-3fa9c1');
    await server().client.workflow.getHandle(next).terminate();
    await assert.rejects(runs().result(next), { message: `${next} has no result: it was terminated` });
    await stop();
  });

  it('that never existed are unknown', async () => {
    for (const ask of ['state', 'find', 'cancel'] as const)
      await assert.rejects(runs()[ask]('fraud/data/1'), {
        code: 'RUN_UNKNOWN',
        message: /"fraud\/data\/1".*perennial runs/,
      });
  });

  it("accept a person's decision once, and only while they wait for it", async () => {
    let letAsk = (): void => undefined;
    const mayAsk = new Promise<void>((resolve) => (letAsk = resolve));
    const stop = await server().work({
      ...(rolloutScript() as object),
      openRollout: () => ({ version: 2, cycle: CYCLE, reason: 'better by 0.04', approval: 'person' }),
      askForApproval: () => mayAsk.then(() => asked),
      decideApproval: ({ decision }: { decision: object }) => decision,
    });
    const rollouts = createRolloutRuns(server().client, server().settings);
    const start = () => rollouts.start({ id: CYCLE, pipeline: 'fraud', version: 2 }, { reason: 'drift', reopened: 0 });
    const run = server().client.workflow.getHandle(await start());
    const { runId, raw } = await run.describe();
    assert.equal(raw.workflowExecutionInfo?.priority?.priorityKey, 1);
    await start();
    assert.equal((await run.describe()).runId, runId, 'it goes on');
    await assert.rejects(desk().decide(asking, ada), {
      code: 'NOTHING_TO_APPROVE',
      message: 'This rollout does not wait for an approval.',
    });
    letAsk();
    await eventually(() => desk().decide(asking, ada).then(() => true, () => false)); // prettier-ignore
    const outcome = { result: 'promoted', reason: 'approved by ada: looks good (gate: better by 0.04)' };
    assert.deepEqual(await run.result(), outcome);
    await assert.rejects(desk().decide(asking, ada), { code: 'NOTHING_TO_APPROVE', message: /has ended/ });
    const { loop, cycle, version } = await runs().find(run.workflowId);
    assert.deepEqual({ loop, cycle, version }, { loop: 'rollout', cycle: CYCLE, version: 'v2' });
    await stop();
  });
});
