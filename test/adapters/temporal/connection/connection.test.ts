import { answer, greetingServer } from '../../../support/temporal/greeting-server.ts';
import assert from 'node:assert/strict';

describe('a connection to Temporal', () => {
  const { connected, hangUp } = greetingServer();

  // Without care the SDK tries again on the closed channel, in a timer: nobody catches that, and the process ends.
  it('can be closed while a call waits for an answer that never comes', async () => {
    let called: () => void;
    const waiting = new Promise<void>((resolve) => (called = resolve));
    const { client } = await connected(() => called());
    const call = assert.rejects(client.workflow.getHandle('fraud/data').describe());
    await waiting;
    await client.connection.close();
    hangUp();
    await call;
  });

  it('can be closed while a call is about to be retried', async () => {
    let calls = 0;
    let failed: () => void;
    const failing = new Promise<void>((resolve) => (failed = resolve));
    const { client } = await connected((stream) => {
      answer(stream, 14); // unavailable
      if (++calls === 2) stream.on('close', () => failed());
    });
    const call = assert.rejects(client.workflow.getHandle('fraud/data').describe());
    await failing;
    await client.connection.close();
    await call;
    assert.ok(calls <= 4, 'it was not tried to the end');
  });
});
