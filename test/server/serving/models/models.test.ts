import {
  aFolder,
  aPipeline,
  aRow,
  aServer,
  aServingWorld,
  cleanUp,
  NOW,
  predict,
  stop,
  until,
  World,
} from '../../fakes.ts';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';

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
    assert.equal(second.models.get('fraud')!.serving!.fallback!.model.version, 1);
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

  it('follow the feed at once, and the traffic table alone when no message comes', async () => {
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
    const older = { pipeline: 'fraud', champion: 1, arms: [{ version: 1, share: 1 }], shadow: null, previous: null };
    for (const generation of [1, 2]) await server.models.apply({ ...older, generation, changedAt: NOW });
    assert.equal((await predict(server, aRow())).body.version, 2);
  });

  for (const { fault, cause } of [
    { fault: 'corrupt', cause: (world: ReturnType<typeof aServingWorld>) => world.corrupt(2) },
    {
      fault: 'missing',
      cause: (world: ReturnType<typeof aServingWorld>) => void world.objects.delete('models/fraud/2.json'),
    },
  ])
    it(`keep serving when the artifact of the next version is ${fault}, and report it until it is repaired`, async () => {
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
      }, 'the repaired version is taken up');
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

  it('come from the database when the file of what was served last is damaged', async () => {
    const world = aServingWorld();
    const dataFolder = aFolder();
    await stop(await aServer(world, { dataFolder }));
    writeFileSync(join(dataFolder, 'serving', 'state.json'), '{"form');
    assert.equal((await predict(await aServer(world, { dataFolder }), aRow())).status, 200);
  });

  it('are served from disk even if one cannot be read, and a newer server wrote more than this one knows', async () => {
    const world = aServingWorld();
    world.add(aPipeline('churn'));
    world.promote(1, 1, 'churn');
    const dataFolder = aFolder();
    await stop(await aServer(world, { dataFolder }));
    const file = join(dataFolder, 'serving', 'state.json');
    const state = JSON.parse(readFileSync(file, 'utf8'));
    const [fraud, churn] = ['fraud', 'churn'].map((name) =>
      state.pipelines.find((each: { declaration: { name: string } }) => each.declaration.name === name),
    );
    churn.declaration.candidates = [];
    Object.assign(fraud.declaration.drift, { alarm: 'sequential' });
    Object.assign(fraud.traffic, { mirrors: [3] });
    writeFileSync(file, JSON.stringify(state));
    world.databaseUp = world.storeUp = false;
    const server = await aServer(world, { dataFolder });
    assert.equal((await predict(server, aRow())).body.version, 1);
    assert.equal(server.models.get('churn'), undefined);
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

  describe('while the object store does not send an artifact', () => {
    const names = ['churn', 'p1', 'p2', 'p3', 'p4', 'p5'];
    let world: World;
    let logged: string[];
    beforeEach(() => {
      world = aServingWorld();
      for (const name of names) {
        world.add(aPipeline(name));
        world.promote(1, 1, name);
      }
      logged = [];
    });
    const start = async (changes: Parameters<typeof aServer>[1] = {}) => {
      const logger = pino({ level: 'info' }, { write: (line) => void logged.push(JSON.parse(line).msg) });
      const server = await aServer(world, { pollMs: 1, slowMs: 20, logger, ...changes });
      await server.app.ready();
      return server;
    };
    const serves = (server: Awaited<ReturnType<typeof start>>, version: number, pipeline = 'fraud') =>
      until(
        async () => (await predict(server, aRow(), pipeline)).body.version === version,
        `${pipeline} serves v${version}`,
      );
    const asksFor = (version: number, pipeline: string) =>
      until(
        () => world.asked.includes(`models/${pipeline}/${version}.json`),
        `the artifact of ${pipeline} is asked for`,
      );

    it('follow the traffic of all other pipelines, and report what is waited for', async () => {
      const server = await start();
      for (const name of names) {
        world.hold(2, name);
        world.promote(2, 2, name);
      }
      for (const name of names) await asksFor(2, name);
      world.promote(2);
      await serves(server, 2);
      const { database, pipelines } = (await server.app.inject('/health')).json();
      assert.equal(database.reachable, true);
      const problem = 'v2 waits for the object store, which has not sent models/churn/2.json within 0.02 s';
      assert.deepEqual([pipelines.churn.version, pipelines.churn.problem], [1, problem]);
      assert.ok(logged.includes(`churn: ${problem}; v1 still serves`));
      assert.deepEqual(
        logged.filter((line) => line.includes('database does not answer')),
        [],
      );
    });

    it('take up the new version when its artifact comes', async () => {
      const send = world.hold(2, 'churn');
      const server = await start();
      world.promote(2, 2, 'churn');
      await asksFor(2, 'churn');
      send();
      await serves(server, 2, 'churn');
      assert.equal((await server.app.inject('/health')).json().pipelines.churn.problem, null);
    });

    it('take up the next decision at once, and keep it when the artifact comes late', async () => {
      const send = world.hold(2, 'churn');
      const server = await start();
      world.promote(2, 2, 'churn');
      await asksFor(2, 'churn');
      world.promote(3, 3, 'churn');
      await serves(server, 3, 'churn');
      send();
      await server.watch.look();
      assert.equal((await predict(server, aRow(), 'churn')).body.version, 3);
      assert.equal(server.models.get('churn')!.serving!.generation, 3);
    });

    it('can be closed anyway, and take up nothing that comes after that', async () => {
      const send = world.hold(2, 'churn');
      const server = await start();
      world.promote(2, 2, 'churn');
      await asksFor(2, 'churn');
      await stop(server);
      send();
      await new Promise(setImmediate);
      assert.equal(server.models.get('churn')!.serving!.generation, 1);
    });

    it('start with all others from disk', async () => {
      const dataFolder = aFolder();
      await stop(await start({ dataFolder }));
      const damaged = world.versions.get('churn/1')!.sha256;
      writeFileSync(join(dataFolder, 'serving', 'artifacts', `${damaged}.json`), 'garbage');
      world.hold(1, 'churn');
      world.databaseUp = false;
      const server = await start({ dataFolder });
      await serves(server, 1);
      assert.equal((await predict(server, aRow(), 'churn')).body.error.code, 'NO_CHAMPION');
    });

    it('do without a fallback when that is the missing one', async () => {
      for (const version of [2, 1, 2]) world.promote(version);
      world.hold(1);
      const server = await start();
      await serves(server, 2);
      assert.equal(server.models.get('fraud')!.serving!.fallback, null);
    });
  });

  describe('after the database was set back to a backup', () => {
    const setBack = async () => {
      const world = aServingWorld();
      world.promote(2);
      const backup = structuredClone(world.traffics);
      for (const version of [3, 4]) world.promote(version);
      const dataFolder = aFolder();
      const server = await aServer(world, { dataFolder });
      world.traffics = backup;
      return { world, server, dataFolder };
    };
    const served = async (server: Awaited<ReturnType<typeof aServer>>): Promise<number> =>
      (await predict(server, aRow())).body.version;

    it('stay as they are, and report it with what to do, also after a restart', async () => {
      const { world, server, dataFolder } = await setBack();
      await server.watch.look();
      const told =
        /^the database was set back: it has generation 2 of the traffic \(v2\).*the served generation 4\. Choose.*perennial models promote fraud VERSION --again/;
      const problemOf = async (of: typeof server) => (await of.app.inject('/health')).json().pipelines.fraud.problem;
      assert.equal(await served(server), 4);
      assert.match(await problemOf(server), told);
      await stop(server);
      const restarted = await aServer(world, { dataFolder });
      await restarted.watch.look();
      assert.equal(await served(restarted), 4);
      assert.match(await problemOf(restarted), told);
    });

    it('follow later decisions, though their generations count up to and past the one served', async () => {
      const { world, server } = await setBack();
      await server.watch.look();
      for (const version of [2, 3, 5, 6]) {
        world.promote(version);
        await server.watch.look();
        assert.equal(await served(server), version);
        assert.equal(server.models.get('fraud')!.problem, null);
      }
    });

    it('notice different traffic of the same generation, decided while they were away', async () => {
      const { world, server, dataFolder } = await setBack();
      await stop(server);
      world.promote(5);
      world.promote(6);
      assert.equal(world.traffics.get('fraud')!.generation, 4);
      const restarted = await aServer(world, { dataFolder });
      await restarted.watch.look();
      assert.equal(await served(restarted), 6);
    });

    it('are well again when the newer database is back', async () => {
      const { world, server } = await setBack();
      const older = world.traffics;
      await server.watch.look();
      world.traffics = new Map([['fraud', { ...older.get('fraud')!, generation: 4, champion: 4, arms: [{ version: 4, share: 1 }], changedAt: server.models.get('fraud')!.serving!.changedAt! }]]); // prettier-ignore
      await server.watch.look();
      assert.equal(server.models.get('fraud')!.problem, null);
    });
  });

  describe('of a thousand pipelines', () => {
    const crowd = (): World => {
      const world = new World();
      for (let i = 0; i < 1_000; i++) {
        world.add(aPipeline(`p${i}`));
        world.promote(1, 1, `p${i}`);
      }
      return world;
    };

    const allServe = async (server: Awaited<ReturnType<typeof aServer>>): Promise<void> => {
      while (server.models.all().filter(({ serving }) => serving).length < 1_000) await server.watch.look();
    };

    it('are all taken up with one query, and checked again with two', async () => {
      const world = crowd();
      const server = await aServer(world);
      await allServe(server);
      world.asked = [];
      world.promote(2, 2, 'p7');
      await server.watch.look();
      assert.equal(server.models.get('p7')!.serving!.generation, 2);
      assert.deepEqual(world.asked, ['pipelines', 'traffic of all', 'declaration of p7']);
    });

    it('are queried by name when the feed names them, together if they change at once', async () => {
      const world = crowd();
      let tell: (pipeline: string | null) => void = () => undefined;
      const feed = { subscribe: (changed: typeof tell) => void (tell = changed), close: async () => undefined };
      const server = await aServer(world, { feed });
      await server.app.ready();
      await allServe(server);
      world.asked = [];
      const serves = (name: string, generation: number) => until(() => server.models.get(name)!.serving!.generation === generation, name); // prettier-ignore
      world.promote(2, 2, 'p1');
      tell('p1');
      await serves('p1', 2);
      assert.deepEqual(world.asked, ['traffic of p1', 'declaration of p1']);
      world.asked = [];
      for (let i = 10; i < 60; i++) {
        world.promote(2, 2, `p${i}`);
        tell(`p${i}`);
      }
      for (let i = 10; i < 60; i++) await serves(`p${i}`, 2);
      const questions = world.asked.filter((question) => question.startsWith('traffic'));
      assert.ok(questions.length <= 2, `${questions.length} questions for 50 changes`);
    });
  });
});
