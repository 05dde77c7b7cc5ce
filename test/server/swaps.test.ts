import { drainAndClose } from '../../server/protocols/draining.ts';
import { aServer, aServingWorld, cleanUp, until } from './fakes.ts';
import { load } from './load.ts';
import { serverProcesses } from './server-process.ts';
import { runSql } from '../support/postgres/postgres.ts';
import assert from 'node:assert/strict';

const CONNECTIONS = 16;
const SWAPS = 40;

describe('a server under full load', () => {
  afterEach(cleanUp);

  it('exchanges models back and forth without a failed request', async () => {
    const world = aServingWorld();
    const server = await aServer(world);
    const asking = load(await server.app.listen({ host: '127.0.0.1', port: 0 }), CONNECTIONS);
    for (let swap = 0; swap < SWAPS; swap++) {
      const answered = asking.ids.length;
      world.promote(1 + ((swap + 1) % 2));
      await server.watch.look();
      await until(() => asking.ids.length > answered + CONNECTIONS, 'requests are answered by the new model');
    }
    const { failed, refused, versions } = await asking.stop();
    assert.deepEqual({ failed, refused, versions }, { failed: [], refused: 0, versions: new Set([1, 2]) });
  });

  it('stops without failing a request of callers that leave when told, and logs everything it answered', async () => {
    const world = aServingWorld();
    const server = await aServer(world);
    const asking = load(await server.app.listen({ host: '127.0.0.1', port: 0 }), CONNECTIONS, { leaves: true });
    await until(() => asking.ids.length > 100, 'requests are answered');
    await drainAndClose(server.app, server.draining, 0);
    const { failed, refused, ids } = await asking.stop();
    assert.deepEqual({ failed, refused }, { failed: [], refused: 0 });
    assert.deepEqual([...world.logged.keys()].sort(), ids.sort());
  });

  it('is not ready from the moment it is told to stop, and keeps answering for as long as it is set to @slow', async () => {
    const test = await serverProcesses();
    try {
      await test.register(1);
      await test.promote(1, 0);
      const environment = { PERENNIAL_DRAIN_SECONDS: '5' };
      const { child, address, ended } = test.start({ args: ['--workers', '2'], environment });
      const url = await address;
      const asking = load(url, CONNECTIONS);
      await until(() => asking.ids.length > 100, 'requests are answered');
      child.kill('SIGTERM');
      await until(async () => (await fetch(`${url}/health/ready`)).status === 503, 'a balancer hears of the stop');
      const answered = asking.ids.length;
      await until(() => asking.ids.length > answered, 'requests are answered nevertheless');
      const { failed, refused, ids } = await asking.stop();
      assert.deepEqual({ failed, refused }, { failed: [], refused: 0 });
      assert.deepEqual(await ended, { code: 0, output: '' });
      const { rows } = await runSql(test.url, 'select id from perennial.predictions');
      assert.deepEqual(rows.map(({ id }: { id: string }) => id).sort(), ids.sort());
    } finally {
      await test.close();
    }
  });
});
