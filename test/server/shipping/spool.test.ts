import { tsxLoader } from '../../../adapters/declarations/tsx.ts';
import { aFolder, aPrediction, aRow, aServer, aServingWorld, cleanUp, predict, stop, until } from '../fakes.ts';
import { type PredictionServer } from '../../../server/app.ts';
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

describe('the spool', () => {
  afterEach(cleanUp);
  const ask = async (server: PredictionServer, times: number): Promise<string[]> => {
    const answers = await Promise.all(Array.from({ length: times }, (_, i) => predict(server, aRow({ amount: i }))));
    return answers.map(({ body }) => body.id);
  };

  it('holds every prediction before it is answered', async () => {
    const dataFolder = aFolder();
    const server = await aServer(aServingWorld(), { dataFolder });
    const ids = await ask(server, 5);
    const spooled = readdirSync(join(dataFolder, 'spool')).map((name) =>
      readFileSync(join(dataFolder, 'spool', name), 'utf8'),
    );
    for (const id of ids) assert.ok(spooled.join('').includes(id));
  });

  it('keeps predictions while the database is down, and ships each once when it is back', async () => {
    const world = aServingWorld();
    const server = await aServer(world);
    world.databaseUp = false;
    const ids = await ask(server, 20);
    await assert.rejects(server.shipper.ship());
    await assert.rejects(server.shipper.ship());
    world.databaseUp = true;
    await server.shipper.ship();
    await server.counting.count();
    assert.deepEqual([...world.logged.keys()].sort(), ids.sort());
    assert.equal(world.counted(), 20);
    assert.equal(server.spool.bytes, 0);
  });

  it('ships by itself, and ships what is left when the server stops', async () => {
    const world = aServingWorld();
    const quick = await aServer(world, { shipEveryMs: 5 });
    await quick.app.ready();
    await ask(quick, 3);
    await until(() => world.logged.size === 3, 'the shipper ships');
    const slow = await aServer(world);
    await slow.app.ready();
    await ask(slow, 4);
    await stop(slow);
    assert.equal(world.logged.size, 7);
  });

  it('is shipped by the next server when the one before was killed with -9, each prediction once @slow', async () => {
    const dataFolder = aFolder();
    const entry = fileURLToPath(new URL('killed-server.ts', import.meta.url));
    const child = fork(entry, [dataFolder], { execArgv: ['--import', tsxLoader], stdio: 'inherit' });
    const answered: string[] = [];
    const died = new Promise((resolve) => child.once('exit', resolve));
    child.on('message', (ids: string[]) => {
      answered.push(...ids);
      if (answered.length >= 300) child.kill('SIGKILL');
    });
    await died;

    const world = aServingWorld();
    world.loseNextAnswer = true;
    const server = await aServer(world, { dataFolder });
    await assert.rejects(server.shipper.ship(), /Connection terminated/);
    await server.shipper.ship();
    assert.ok(answered.length >= 300);
    for (const id of answered) assert.ok(world.logged.has(id), `${id} was answered and is not in the log`);
    world.loseNextAnswer = true;
    await assert.rejects(server.counting.count(), /Connection terminated/);
    await server.counting.count();
    assert.equal(world.counted(), world.logged.size);
  });

  it('skips the line that a dying process cut off, and counts it', async () => {
    const world = aServingWorld();
    const dataFolder = aFolder();
    const first = await aServer(world, { dataFolder });
    const ids = await ask(first, 2);
    const [open] = readdirSync(join(dataFolder, 'spool'));
    appendFileSync(join(dataFolder, 'spool', open!), '019ca960-8140');
    const second = await aServer(world, { dataFolder });
    await second.shipper.ship();
    assert.deepEqual([...world.logged.keys()].sort(), ids.sort());
    assert.equal(second.shipper.totals.torn, 1);
    assert.equal(second.spool.bytes, 0);
  });

  it('sets aside an unreadable segment, ships its readable lines, and continues', async () => {
    const world = aServingWorld();
    const dataFolder = aFolder();
    const first = await aServer(world, { dataFolder });
    await ask(first, 3);
    first.spool.rotate();
    const [name] = readdirSync(join(dataFolder, 'spool'));
    const path = join(dataFolder, 'spool', name!);
    writeFileSync(path, readFileSync(path, 'utf8').replace('{"amount"', '"amount"'));
    await ask(first, 1);
    await first.shipper.ship();
    assert.equal(world.logged.size, 3);
    assert.ok(existsSync(join(dataFolder, 'spool', 'unreadable', name!)));
    assert.deepEqual([first.shipper.totals.unreadable, first.spool.bytes], [1, 0]);
  });

  it('is not held up by a prediction that the log refuses', async () => {
    const world = aServingWorld();
    world.refuses = ({ row }) => row['amount'] === 7;
    const server = await aServer(world);
    await ask(server, 20);
    await server.shipper.ship();
    await server.counting.count();
    assert.deepEqual([world.logged.size, world.counted(), server.shipper.totals.unreadable], [19, 19, 1]);
  });

  it('ships what a release that spooled JSON left behind, cut-off lines aside', async () => {
    const world = aServingWorld();
    const dataFolder = aFolder();
    const { entity: _none, ...prediction } = aPrediction();
    const before = [prediction, { ...prediction, id: randomUUID(), row: { device: 'tab\t"quoted" \\ and\nline' } }];
    mkdirSync(join(dataFolder, 'spool'));
    const lines = before.map((each) => `${JSON.stringify(each)}\n`);
    writeFileSync(join(dataFolder, 'spool', '000000000007.jsonl'), lines[0]!);
    writeFileSync(join(dataFolder, 'spool', '000000000008.open'), `${lines[1]}{"id":"0000`);
    const server = await aServer(world, { dataFolder });
    const [id] = await ask(server, 1);
    await server.shipper.ship();
    assert.deepEqual([...world.logged.keys()].sort(), [...before.map((each) => each.id), id!].sort());
    for (const each of before) assert.deepEqual(world.logged.get(each.id), { ...each, entity: null });
    assert.deepEqual([server.shipper.totals.torn, server.spool.bytes], [1, 0]);
  });

  it('takes no more predictions when it is full, counts them, and answers on', async () => {
    const world = aServingWorld();
    const server = await aServer(world, { spool: { maxBytes: 4_000, segmentBytes: 1_000 } });
    const ids: string[] = [];
    for (let i = 0; i < 50; i++) ids.push(...(await ask(server, 1)));
    assert.ok(server.spool.bytes <= 4_000, `${server.spool.bytes} bytes`);
    await server.shipper.ship();
    assert.ok(world.logged.size > 5);
    assert.deepEqual([...world.logged.keys()].sort(), ids.slice(0, world.logged.size).sort());
    assert.equal(server.spool.dropped, 50 - world.logged.size);
    const { body } = await server.app.inject('/metrics');
    assert.match(body, new RegExp(`perennial_spool_dropped_total ${server.spool.dropped}`));
  });
});
