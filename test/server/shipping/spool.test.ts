import { servingSchema } from '../../../core/declaration/serving.ts';
import { runner } from '../../../adapters/machine/runner.ts';
import {
  aFolder,
  aPipeline,
  aPrediction,
  aRow,
  aServer,
  aServingWorld,
  cleanUp,
  predict,
  stop,
  until,
  type World,
} from '../fakes.ts';
import { type PredictionServer } from '../../../server/app.ts';
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
    const child = fork(runner, [entry, dataFolder], { stdio: 'inherit' });
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

  it('ships what a release that spooled JSON left behind, except cut-off lines', async () => {
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

  it('logs fewer and fewer predictions when it fills up, counts the others, and answers all', async () => {
    const world = aServingWorld();
    const maxBytes = 40_000;
    const server = await aServer(world, { spool: { maxBytes, segmentBytes: 5_000 } });
    const ids: string[] = [];
    for (let i = 0; i < 10; i++) ids.push(...(await ask(server, 50)));
    assert.ok(server.spool.bytes > 0.8 * maxBytes && server.spool.bytes <= maxBytes, `${server.spool.bytes} bytes`);
    const { body } = await server.app.inject('/metrics');
    assert.match(body, new RegExp(`perennial_spool_dropped_total ${server.spool.dropped}`));
    await server.shipper.ship();
    assert.equal(world.logged.size + server.spool.dropped, 500);
    const logged = ids.map((id) => world.logged.has(id));
    assert.ok(logged.slice(0, 50).every(Boolean), 'all while there is room');
    assert.ok(logged.slice(150).includes(true), 'some later on');
    const { dropped } = server.spool;
    await ask(server, 50);
    assert.equal(server.spool.dropped, dropped, 'all again');
  });

  it('logs a declared share of the predictions, and counts the others', async () => {
    const world = aServingWorld();
    world.add({ ...aPipeline(), serving: servingSchema.parse({ log: { sample: 0.1, whenFull: 'sample' } }) });
    const server = await aServer(world);
    const { body } = await predict(server, { rows: Array.from({ length: 1_000 }, () => aRow()) });
    assert.equal(body.predictions.length, 1_000);
    await server.shipper.ship();
    assert.ok(world.logged.size > 50 && world.logged.size < 150, `${world.logged.size} of 1,000`);
    assert.deepEqual([server.spool.sampledOut, server.spool.dropped], [1_000 - world.logged.size, 0]);
  });

  describe('for a pipeline whose predictions must be logged', () => {
    let world: World;
    beforeEach(() => {
      world = aServingWorld();
      world.add({ ...aPipeline(), serving: servingSchema.parse({ log: { sample: 1, whenFull: 'shed' } }) });
    });

    it('makes the server refuse requests while it is full, and answer again once it is shipped', async () => {
      const server = await aServer(world, { spool: { maxBytes: 10_000, segmentBytes: 1_000 } });
      const answers = [];
      for (let i = 0; i < 100; i++) answers.push(await predict(server, aRow()));
      const answered = answers.filter(({ status }) => status === 200).map(({ body }): string => body.id);
      const refused = answers.filter(({ status }) => status === 503);
      assert.ok(answered.length > 10 && answered.length + refused.length === 100);
      assert.equal(refused[0]!.body.error.code, 'LOG_FULL');
      const { headers } = await server.app.inject({ method: 'POST', url: '/predict/fraud', payload: aRow() });
      assert.equal(headers['retry-after'], '5');
      const { spool } = (await server.app.inject('/health')).json();
      assert.deepEqual([spool.shed, spool.dropped], [refused.length + 1, 0]);
      await server.shipper.ship();
      assert.deepEqual([...world.logged.keys()].sort(), answered.sort());
      assert.equal((await predict(server, aRow())).status, 200);
    });

    it('makes the server refuse requests while its disk cannot be written', async () => {
      const dataFolder = aFolder();
      const server = await aServer(world, { dataFolder });
      rmSync(join(dataFolder, 'spool'), { recursive: true });
      writeFileSync(join(dataFolder, 'spool'), 'no folder');
      assert.equal((await predict(server, aRow())).status, 503);
      rmSync(join(dataFolder, 'spool'));
      assert.equal((await predict(server, aRow())).status, 200);
      assert.deepEqual([server.spool.shed, server.spool.dropped], [1, 0]);
    });
  });

  it('lets the server answer while its disk cannot be written, and counts what is lost', async () => {
    const dataFolder = aFolder();
    const server = await aServer(aServingWorld(), { dataFolder });
    rmSync(join(dataFolder, 'spool'), { recursive: true });
    writeFileSync(join(dataFolder, 'spool'), 'no folder');
    await ask(server, 3);
    assert.equal(server.spool.dropped, 3);
    rmSync(join(dataFolder, 'spool'));
    await ask(server, 3);
    assert.equal(server.spool.dropped, 3);
  });
});
