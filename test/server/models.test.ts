import { aFolder, aPipeline, aRow, aServer, aServingWorld, cleanUp, predict, stop, until } from './fakes.ts';
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

describe('the models of a server', () => {
  afterEach(cleanUp);
  const artifactsOf = (folder: string): string[] =>
    readdirSync(join(folder, 'serving', 'artifacts')).map((name) => join(folder, 'serving', 'artifacts', name));

  it('are what was served before, when server, database and store went down and only the server came back', async () => {
    const world = aServingWorld();
    world.promote(2);
    const dataFolder = aFolder();
    const first = await aServer(world, { dataFolder });
    const before = (await predict(first, aRow({ amount: 0.5 }))).body;
    await stop(first);

    world.databaseUp = false;
    world.storeUp = false;
    const second = await aServer(world, { dataFolder });
    const after = (await predict(second, aRow({ amount: 0.5 }))).body;
    assert.deepEqual([after.version, after.score], [2, before.score]);
    assert.equal(second.models.get('fraud')!.serving!.fallback!.version, 1);
  });

  it('follow a promotion, and a rollback to the version before', async () => {
    const world = aServingWorld();
    const server = await aServer(world);
    world.promote(2);
    await server.watch.look();
    assert.equal((await predict(server, aRow())).body.version, 2);
    world.promote(1);
    await server.watch.look();
    assert.equal((await predict(server, aRow())).body.version, 1);
  });

  it('follow the feed at once, and the traffic table alone when nothing is told', async () => {
    const world = aServingWorld();
    let tell: (pipeline: string | null) => void = () => undefined;
    const feed = { subscribe: (changed: typeof tell) => void (tell = changed), close: async () => undefined };
    const told = await aServer(world, { feed });
    const polling = await aServer(world, { pollMs: 10 });
    await Promise.all([told.app.ready(), polling.app.ready()]);
    world.promote(2);
    await until(async () => (await predict(polling, aRow())).body.version === 2, 'polling finds version 2');
    assert.equal((await predict(told, aRow())).body.version, 1);
    tell('fraud');
    await until(async () => (await predict(told, aRow())).body.version === 2, 'the feed brings version 2');
  });

  it('ignore a generation that is not higher', async () => {
    const world = aServingWorld();
    world.promote(2);
    const server = await aServer(world);
    await server.models.apply({ pipeline: 'fraud', generation: 1, shares: [{ version: 1, share: 1 }], previous: null });
    await server.models.apply({ pipeline: 'fraud', generation: 2, shares: [{ version: 1, share: 1 }], previous: null });
    assert.equal((await predict(server, aRow())).body.version, 2);
  });

  for (const { fault, cause } of [
    { fault: 'corrupt', cause: (world: ReturnType<typeof aServingWorld>) => world.corrupt(2) },
    {
      fault: 'missing',
      cause: (world: ReturnType<typeof aServingWorld>) => void world.objects.delete('models/fraud/2.json'),
    },
  ])
    it(`stay as they are when the artifact of the next version is ${fault}, and say so until it is mended`, async () => {
      const world = aServingWorld();
      const server = await aServer(world, { pollMs: 1 });
      world.register(2, 2);
      const whole = world.objects.get('models/fraud/2.json')!;
      cause(world);
      world.promote(2);
      await server.watch.look();
      assert.equal((await predict(server, aRow())).body.version, 1);
      const health = (await server.app.inject('/health')).json();
      assert.equal(health.ready, true);
      assert.match(health.pipelines.fraud.problem, /v2 could not be loaded: .*models\/fraud\/2\.json/);
      assert.match((await server.app.inject('/metrics')).body, /perennial_model_problem\{pipeline="fraud"\} 1/);

      world.objects.set('models/fraud/2.json', whole);
      await until(async () => {
        await server.watch.look();
        return (await predict(server, aRow())).body.version === 2;
      }, 'the mended version is taken up');
      assert.equal((await server.app.inject('/health')).json().pipelines.fraud.problem, null);
    });

  it('come from the store again when their copy on disk is damaged', async () => {
    const world = aServingWorld();
    const dataFolder = aFolder();
    await stop(await aServer(world, { dataFolder }));
    for (const file of artifactsOf(dataFolder)) writeFileSync(file, 'garbage');
    const server = await aServer(world, { dataFolder });
    assert.equal((await predict(server, aRow())).status, 200);
  });

  it('are the fallback when the champion on disk is damaged and the store is down, until the store is back', async () => {
    const world = aServingWorld();
    world.promote(2);
    const dataFolder = aFolder();
    await stop(await aServer(world, { dataFolder }));
    const damaged = join(dataFolder, 'serving', 'artifacts', `${world.versions.get('fraud/2')!.sha256}.json`);
    writeFileSync(damaged, 'garbage');
    world.storeUp = world.databaseUp = false;
    const server = await aServer(world, { dataFolder });
    assert.equal((await predict(server, aRow())).body.version, 1);
    world.storeUp = world.databaseUp = true;
    await server.watch.look();
    assert.equal((await predict(server, aRow())).body.version, 2);
  });

  it('are asked of the database when the file of what was served last is damaged', async () => {
    const world = aServingWorld();
    const dataFolder = aFolder();
    await stop(await aServer(world, { dataFolder }));
    writeFileSync(join(dataFolder, 'serving', 'state.json'), '{"form');
    assert.equal((await predict(await aServer(world, { dataFolder }), aRow())).status, 200);
  });

  it('leave only the artifacts of champion and fallback on disk', async () => {
    const world = aServingWorld();
    const dataFolder = aFolder();
    const server = await aServer(world, { dataFolder });
    for (const version of [2, 3, 4]) {
      world.promote(version);
      await server.watch.look();
    }
    assert.equal(artifactsOf(dataFolder).length, 2);
  });

  it('refuse an artifact that was trained for another pipeline', async () => {
    const world = aServingWorld();
    world.add(aPipeline('churn'));
    world.promote(1, 1, 'churn');
    const bytes = world.objects.get('models/fraud/1.json')!;
    world.objects.set('models/churn/1.json', bytes);
    world.versions.get('churn/1')!.sha256 = world.versions.get('fraud/1')!.sha256;
    const server = await aServer(world);
    const { status, body } = await predict(server, aRow(), 'churn');
    assert.deepEqual([status, body.error.code], [503, 'NO_CHAMPION']);
    assert.match(body.error.message, /trained for fraud, not for churn/);
    assert.equal((await predict(server, aRow())).status, 200);
  });

  it('are swapped under load without a failed request, and each request is answered by one version', async () => {
    const world = aServingWorld();
    const server = await aServer(world);
    const seen = new Set<number>();
    let swapping = true;
    let requests = 0;
    const caller = async (): Promise<void> => {
      while (swapping) {
        const { status, body } = await predict(server, { rows: [aRow(), aRow({ amount: 1 })] });
        assert.equal(status, 200, JSON.stringify(body));
        const versions = new Set(body.predictions.map((one: { version: number }) => one.version));
        assert.deepEqual([...versions], [body.version]);
        seen.add(body.version);
        requests++;
      }
    };
    const callers = Promise.all(Array.from({ length: 8 }, caller));
    for (let version = 2; version <= 12; version++) {
      const enough = requests + 20;
      world.promote(version, version / 10);
      await server.watch.look();
      await until(() => requests > enough, `requests after the swap to v${version}`);
    }
    swapping = false;
    await callers;
    assert.deepEqual([...seen].sort((a, b) => a - b).slice(1), [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    await server.shipper.ship();
    assert.equal(world.logged.size, requests * 2);
  });
});
