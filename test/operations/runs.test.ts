import { operator } from '../../core/access/actor.ts';
import { type AuditEntry } from '../../core/runs/audit.ts';
import { type Run } from '../../core/runs/runs.ts';
import { createDoor } from '../../operations/door.ts';
import { createRun } from '../../operations/run.ts';
import { createRuns } from '../../operations/runs.ts';
import { asAda } from '../support/asked.ts';
import assert from 'node:assert/strict';

const aRun = (changes: Partial<Run> = {}): Run => ({
  workflowId: 'fraud/data/2026-01-11T03:00Z',
  runId: 'r1',
  pipeline: 'fraud',
  loop: 'data',
  status: 'running',
  startedAt: '2026-01-11T03:00:01.000Z',
  closedAt: null,
  asOf: '2026-01-11T03:00:00.000Z',
  cycle: null,
  version: null,
  ...changes,
});

describe('running a loop by hand', () => {
  let entries: AuditEntry[];
  let inputs: object[];
  beforeEach(() => void ([entries, inputs] = [[], []]));
  const run = createRun({
    pipelines: { applied: async (name) => ({ name, revision: 'r1' }) },
    runs: {
      requireWorker: async () => undefined,
      start: async (loop, input) => {
        inputs.push(input);
        return `fraud/${loop}/${input.asOf}`;
      },
      state: async (workflowId) => ({ workflowId, status: 'running', steps: [] }),
      result: async () => null,
    },
    sharedClock: {
      read: async () => ({ now: () => new Date('2026-01-11T03:00:00.000Z'), millisecondsUntil: () => 0 }),
    },
  });
  const record = async (entry: AuditEntry) => void entries.push(entry);

  it('is audited, with the run that it started', async () => {
    const workflowId = await asAda(run, { record }).start('data', 'fraud');
    assert.deepEqual(entries, [
      { who: 'ada', from: 'cli', action: 'run', pipeline: 'fraud', details: { loop: 'data', workflowId } },
    ]);
  });

  it('tells the run which automation started it, and why', async () => {
    const retrain = operator('automation retrain', 'automation');
    await createDoor(run, { record }).as(retrain).start('retraining', 'fraud', undefined, 'a snapshot was published');
    const automation = { by: 'automation retrain', why: 'a snapshot was published' };
    const pipeline = { name: 'fraud', revision: 'r1' };
    assert.deepEqual(inputs, [{ pipeline, asOf: '2026-01-11T03:00:00.000Z', automation }]);
  });
});

describe('ending a run', () => {
  let told: string[];
  beforeEach(() => void (told = []));
  const operations = (run: Run) =>
    asAda(
      createRuns({
        pipelines: { applied: async (name) => ({ name, revision: 'r1' }) },
        runs: {
          list: async () => [run],
          find: async () => run,
          cancel: async (id) => void told.push(`cancel ${id}`),
          state: async (workflowId) => ({ workflowId, status: 'running', steps: [] }),
        },
      }),
      { record: async ({ who, pipeline }) => void told.push(`${who} ${pipeline}`) },
    );

  it('is requested from Temporal and audited', async () => {
    const run = aRun();
    const state = await operations(run).cancel(run.workflowId);
    assert.deepEqual(told, ['ada fraud', 'cancel fraud/data/2026-01-11T03:00Z']);
    assert.equal(state.status, 'running');
  });

  it('is refused when it has ended', async () => {
    const ended = operations(aRun({ status: 'failed' })).cancel('fraud/data/1');
    await assert.rejects(ended, { code: 'REQUEST_INVALID', message: /has already ended: it is failed/ });
    assert.deepEqual(told, []);
  });

  it('is refused for the loop that listens for ever, with what to do instead', async () => {
    const loop = aRun({ workflowId: 'fraud/retraining', loop: 'retraining', asOf: null });
    await assert.rejects(operations(loop).cancel(loop.workflowId), {
      message: /perennial pause fraud retraining/,
    });
    const request = aRun({ workflowId: 'fraud/request/2026-01-11T03:00Z', loop: 'retraining' });
    await operations(request).cancel(request.workflowId);
    assert.equal(told.length, 2);
  });
});
