import { onlyProcess } from '../../../server/processes/place.ts';
import { pauseAfter } from '../../../server/processes/supervise.ts';
import { freePort } from '../../../local/stack/tcp-ports.ts';
import { runSql } from '../../support/postgres/postgres.ts';
import { aFolder, aServer, aServingWorld, cleanUp, predict, stop, until } from '../fakes.ts';
import { load } from '../load.ts';
import { grpcClient } from '../protocols/inference/grpc-client.ts';
import { serverProcesses, type ServerProcesses } from '../server-process.ts';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';

describe('the processes of a server', () => {
  afterEach(cleanUp);

  it('leave their spools to a server with fewer of them, which ships those too', async () => {
    const world = aServingWorld();
    const dataFolder = aFolder();
    world.databaseUp = true;
    const ids: string[] = [];
    for (const place of [{ index: 0, count: 2 }, { index: 1, count: 2 }, onlyProcess]) {
      const server = await aServer(world, { dataFolder, place });
      world.databaseUp = false;
      ids.push((await predict(server)).body.id);
      await stop(server);
      world.databaseUp = true;
    }
    assert.equal(world.logged.size, 0);
    const { app } = await aServer(world, { dataFolder, shipEveryMs: 1 });
    await app.ready();
    await until(() => world.logged.size === 3, 'all spools are shipped');
    assert.deepEqual([...world.logged.keys()].sort(), ids.sort());
  });

  it('start with what the first of them saved, and only the first removes old models', async () => {
    const world = aServingWorld();
    const dataFolder = aFolder();
    await stop(await aServer(world, { dataFolder, place: { index: 0, count: 2 } }));
    world.databaseUp = world.storeUp = false;
    const second = await aServer(world, { dataFolder, place: { index: 1, count: 2 } });
    assert.equal((await predict(second)).body.version, 1);
    world.databaseUp = world.storeUp = true;
    world.promote(2);
    await second.watch.look();
    assert.equal((await predict(second)).body.version, 2);
    await stop(second);
    world.databaseUp = world.storeUp = false;
    const first = await aServer(world, { dataFolder, place: { index: 0, count: 2 } });
    assert.equal((await predict(first)).body.version, 1, 'the first knows version 1, whose model is still there');
  });

  it('are restarted at once after a long life, and ever more slowly while they die young', () => {
    assert.deepEqual([0, 1, 2, 3, 6, 50].map(pauseAfter), [0, 1_000, 2_000, 4_000, 30_000, 30_000]);
  });
});

describe('a server of two processes @slow', () => {
  let test: ServerProcesses;
  beforeEach(async () => {
    test = await serverProcesses();
    await test.register(1);
    await test.promote(1, 0);
  });
  afterEach(async () => {
    await test.close();
    await cleanUp();
  });

  it('shares one port, replaces a process that is killed, and loses no prediction that was answered', async () => {
    const { child, address, ended } = test.start({ args: ['--workers', '2'] });
    const url = await address;
    /** Nothing, when the connection was to the process that is killed. */
    const metrics = (): Promise<string> => fetch(`${url}/metrics`).then((answer) => answer.text(), () => ''); // prettier-ignore
    const answeredBy = (text: string, process: number): number =>
      Number(new RegExp(`perennial_predictions_total{.*process="${process}"} (\\d+)`).exec(text)?.[1] ?? 0);
    const asking = load(url, 8);
    await until(async () => {
      const text = await metrics();
      return answeredBy(text, 0) > 0 && answeredBy(text, 1) > 0;
    }, 'both processes answer');
    assert.match(await metrics(), /^perennial_server_processes 2$/m);

    process.kill(childrenOf(child.pid!)[1]!, 'SIGKILL');
    await until(
      async () => /^perennial_server_processes_replaced_total{process="1"} 1$/m.test(await metrics()),
      'the end of a process is noticed',
    );
    await until(async () => /^perennial_server_processes 2$/m.test(await metrics()), 'another has taken its place');
    const { ids, failed } = await asking.stop();
    const again = load(url, 2); // kept-alive connections stay with the process that has them
    await until(async () => answeredBy(await metrics(), 1) > 0, 'which answers too');
    ids.push(...(await again.stop()).ids);
    assert.ok(
      failed.length <= 8,
      `only requests that the dead process had are lost, not ${failed.length}: ${failed[0]}`,
    );

    child.kill('SIGTERM');
    const { code, output } = await ended;
    assert.equal(code, 0, output);
    const { rows } = await runSql(test.url, `select id from perennial.predictions`);
    const logged = new Set(rows.map(({ id }: { id: string }) => id));
    assert.deepEqual(
      ids.filter((id) => !logged.has(id)),
      [],
    );
  });

  it('answers over gRPC on the configured port, in all processes', async () => {
    const { port } = await freePort(27_000 + (process.pid % 1_000));
    const { child, address, ended } = test.start({
      args: ['--workers', '2'],
      environment: { PERENNIAL_GRPC_PORT: String(port) },
    });
    const url = await address;
    for (const process of [0, 1])
      await until(async () => {
        const connection = grpcClient(port);
        await connection.ask('ModelInfer', { model_name: 'fraud' }).catch(() => undefined);
        connection.close();
        const metrics = await (await fetch(`${url}/metrics`)).text();
        return new RegExp(`perennial_requests_total{.*status="400",process="${process}"}`).test(metrics);
      }, `process ${process} answers`);
    child.kill('SIGTERM');
    const { code, output } = await ended;
    assert.deepEqual([code, output], [0, '']);
  });

  it('ends when a process cannot start, and says why', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { ended } = test.start({ args: ['--workers', '2'], environment: { PERENNIAL_PORT: String(port) } });
    const { code, output } = await ended;
    other.close();
    assert.equal(code, 1);
    assert.match(output, /EADDRINUSE/);
  });
});

/** From /proc, in the order of their start. */
const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number).sort((a, b) => a - b); // prettier-ignore
