import { createRetrainingLoop } from '../../../../adapters/temporal/runs/retraining-loop.ts';
import { type RetrainRequest } from '../../../../core/training/retraining/retraining.ts';
import { type Client, ServiceError } from '@temporalio/client';
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/** Time for what is due at once. */
const turn = () => sleep(5);

const aRequest = (i: number, pipeline = 'fraud'): RetrainRequest => ({
  id: `drift/${i}`,
  pipeline,
  reason: 'drift',
  asOf: `2026-01-11T03:00:${String(i).padStart(2, '0')}.000Z`,
  detail: '',
  driftSince: null,
});

describe('messages to the retraining loop', () => {
  let sent: { workflowId: string; signalArgs: [{ asOf: string }]; answer(error?: Error): Promise<void> }[];
  const client = {
    workflow: {
      signalWithStart: (_type: string, options: { workflowId: string; signalArgs: [{ asOf: string }] }) =>
        new Promise<void>((resolve, reject) =>
          sent.push({
            ...options,
            async answer(error) {
              if (error) reject(error);
              else resolve();
              await turn();
            },
          }),
        ),
    },
  } as unknown as Client;
  const settings = { address: '127.0.0.1:7233', namespace: 'default', installation: 'perennial' } as Parameters<
    typeof createRetrainingLoop
  >[1];
  const loop = () => createRetrainingLoop(client, settings, { apartMs: 0 });
  beforeEach(() => void (sent = []));
  const grpc = (code: number, details: string) =>
    new ServiceError('Failed to signalWithStart', { cause: Object.assign(new Error(details), { code, details }) });

  it('become one signal for all callers that come during another signal, with the latest time', async () => {
    const { ask } = loop();
    const asking = [1, 3, 2].map((i) => ask(aRequest(i)));
    await turn();
    const more = [5, 9, 7].map((i) => ask(aRequest(i)));
    await turn();
    assert.equal(sent.length, 1, 'the second waits for the first');
    await sent[0]!.answer();
    await Promise.all(asking);
    await sent[1]!.answer();
    await Promise.all(more);
    const moments = sent.map(({ signalArgs: [{ asOf }] }) => asOf.slice(17, 19));
    assert.deepEqual(moments, ['03', '09']);
    const later = ask(aRequest(10));
    await turn();
    await sent[2]!.answer();
    await later;
  });

  it('of one pipeline do not delay another', async () => {
    const { ask } = loop();
    const asking = ['fraud', 'churn'].map((pipeline) => ask(aRequest(1, pipeline)));
    await turn();
    assert.deepEqual(
      sent.map(({ workflowId }) => workflowId),
      ['fraud/retraining', 'churn/retraining'],
    );
    await Promise.all(sent.map(({ answer }) => answer()));
    await Promise.all(asking);
  });

  it('fail for the callers of a failed signal, and for no later ones', async () => {
    const { ask } = loop();
    const first = ask(aRequest(1));
    await turn();
    const second = ask(aRequest(2));
    const refused = assert.rejects(first, { code: 'TEMPORAL_UNREACHABLE' });
    await sent[0]!.answer(grpc(14, 'gone'));
    await refused;
    await turn();
    await sent[1]!.answer();
    await second;
  });

  it('may be refused by a run with as many signals as the server allows: the request is stored', async () => {
    const { ask, newData } = loop();
    const full = grpc(3, 'exceeded workflow execution limit for signal events');
    const asking = [ask(aRequest(1)), newData('fraud', '2026-01-11T03:00:00.000Z')];
    await turn();
    for (const each of sent) await each.answer(full);
    await Promise.all(asking);

    const other = ask(aRequest(2));
    await turn();
    const refused = assert.rejects(other, { name: 'ServiceError' });
    await sent.at(-1)!.answer(grpc(3, 'Namespace is empty'));
    await refused;
  });
});
