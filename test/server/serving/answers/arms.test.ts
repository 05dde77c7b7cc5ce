import { parsePipeline, type PipelineInput } from '../../../../core/declaration/pipeline.ts';
import { type PredictionServer } from '../../../../server/app.ts';
import { pickArm } from '../../../../server/serving/serving.ts';
import { Scene } from '../../../console/fakes.ts';
import {
  aFolder,
  aPipeline,
  aRow,
  aServer,
  aServingWorld,
  cleanUp,
  predict,
  stop,
  until,
  type World,
} from '../../fakes.ts';
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SHARED = [
  { version: 2, share: 0.5 },
  { version: 1, share: 0.5 },
];

/** Version 1 is champion and has half of the traffic; the challenger is listed first. */
function aSharedWorld(): World {
  const world = aServingWorld();
  world.register(2, 2);
  world.decide(1, SHARED);
  return world;
}

/** The same, and the challenger was trained with a column more. */
function aWorldOfTwoRevisions(): World {
  const world = aServingWorld();
  const { columns, ...rest } = aPipeline() as PipelineInput;
  const wider = { ...rest, columns: { ...columns, merchant: { kind: 'category' } } };
  world.revisions.set('fraud/r2', parsePipeline(wider, 'the test'));
  world.register(2, 2, 'fraud', { revision: 'r2' });
  world.decide(1, SHARED);
  return world;
}

const cards = Array.from({ length: 1_000 }, (_, i) => `card-${i}`);

describe('versions that share the traffic of a pipeline', () => {
  afterEach(cleanUp);
  const versionsOf = async (server: PredictionServer, rows: object[]): Promise<number[]> => {
    const { status, body } = await predict(server, { rows });
    assert.equal(status, 200, JSON.stringify(body));
    return body.predictions.map(({ version }: { version: number }) => version);
  };
  const healthOf = async (server: PredictionServer) => (await server.app.inject('/health')).json().pipelines.fraud;
  /** A card that is answered by this version. */
  const cardOf = async (server: PredictionServer, version: number): Promise<string> => {
    for (const card_id of cards)
      if ((await predict(server, aRow({ card_id, merchant: 'm1' }))).body.version === version) return card_id;
    throw new Error(`no card is answered by version ${version}`);
  };

  describe('half and half', () => {
    const namesChampion = async (server: PredictionServer, version: number): Promise<void> => {
      assert.equal((await healthOf(server)).version, version);
      assert.equal((await predict(server, { rows: [aRow()] })).body.version, version);
      const metrics = (await server.app.inject('/metrics')).body;
      assert.match(metrics, new RegExp(`perennial_model_version\\{pipeline="fraud"\\} ${version}\n`));
      assert.match(metrics, new RegExp(`perennial_requests_total\\{pipeline="fraud",version="${version}"`));
      const page = await server.app.inject({ url: '/pipelines/fraud', headers: { accept: 'text/html' } });
      assert.match(page.body, new RegExp(`href="/pipelines/fraud/versions/${version}">v2 \\(50 %\\), v1 \\(50 %\\)<`));
    };

    it('have one champion for health, answers, metrics and console: the one that the traffic names', async () => {
      const world = aSharedWorld();
      const server = await aServer(world, { operations: new Scene().door() });
      await namesChampion(server, 1);
      world.decide(2, SHARED);
      await server.watch.look();
      await namesChampion(server, 2);
    });

    it('have the same champion after a restart without database and store', async () => {
      const world = aSharedWorld();
      const dataFolder = aFolder();
      await stop(await aServer(world, { dataFolder }));
      world.databaseUp = world.storeUp = false;
      await namesChampion(await aServer(world, { dataFolder, operations: new Scene().door() }), 1);
    });
  });

  it('each get cards by their share, and always the same ones', async () => {
    const world = aSharedWorld();
    world.decide(1, [
      { version: 1, share: 0.8 },
      { version: 2, share: 0.2 },
    ]);
    const server = await aServer(world);
    const rows = cards.map((card_id) => aRow({ card_id }));
    const first = await versionsOf(server, rows);
    const share = first.filter((version) => version === 2).length / first.length;
    assert.ok(share > 0.15 && share < 0.25, `version 2 got ${share}`);
    assert.deepEqual(await versionsOf(server, rows), first);
    const alone = await Promise.all(rows.slice(0, 20).map(async (row) => (await predict(server, row)).body.version));
    assert.deepEqual(alone, first.slice(0, 20), 'alone as among others');
  });

  it('get three shares as declared', async () => {
    const world = aSharedWorld();
    world.register(3, 3);
    world.decide(1, [
      { version: 1, share: 0.6 },
      { version: 2, share: 0.3 },
      { version: 3, share: 0.1 },
    ]);
    const server = await aServer(world);
    const { body } = await server.app.inject({ url: '/metrics' });
    assert.deepEqual(body.match(/(?<=^perennial_traffic_share\{pipeline="fraud",).*/gm), [
      'version="3",role="challenger"} 0.1',
      'version="2",role="challenger"} 0.3',
      'version="1",role="champion"} 0.6',
    ]);
    const { serving } = server.models.get('fraud')!;
    const got = new Map<number, number>();
    for (let i = 0; i < 100_000; i++) {
      const { version } = pickArm(serving!, `card-${i}`).model;
      got.set(version, (got.get(version) ?? 0) + 1);
    }
    for (const [version, share] of [
      [1, 0.6],
      [2, 0.3],
      [3, 0.1],
    ] as const)
      // prettier-ignore
      assert.ok(Math.abs(got.get(version)! / 100_000 - share) < 0.006, `version ${version} got ${got.get(version)}`);
  });

  it('get everything or nothing where that is declared', async () => {
    const world = aSharedWorld();
    world.register(3, 3);
    for (const all of [1, 2, 3]) {
      world.decide(
        all,
        [1, 2, 3].map((version) => ({ version, share: Number(version === all) })),
      );
      const server = await aServer(world);
      const versions = await versionsOf(
        server,
        cards.map((card_id) => aRow({ card_id })),
      );
      assert.deepEqual([...new Set(versions)], [all]);
    }
  });

  it('keep their cards: the newest all of them while it grows, and older ones take none from each other', async () => {
    const world = aSharedWorld();
    world.register(3, 3);
    const server = await aServer(world);
    const armsOf = async (newest: number): Promise<number[]> => {
      const rest = 1 - newest;
      world.decide(1, [
        { version: 1, share: rest * 0.7 },
        { version: 2, share: rest * 0.3 },
        { version: 3, share: newest },
      ]);
      await server.watch.look();
      return versionsOf(
        server,
        cards.map((card_id) => aRow({ card_id })),
      );
    };
    let before = await armsOf(0.05);
    for (const share of [0.1, 0.3, 0.6, 0.9]) {
      const now = await armsOf(share);
      for (const [i, version] of now.entries())
        assert.ok(version === before[i] || version === 3, `a card moved from version ${before[i]} to ${version}`);
      before = now;
    }
  });

  it('get different cards with each new version, so the same ones do not meet every new version first', async () => {
    const firstOf = async (version: number): Promise<Set<string>> => {
      const world = aServingWorld();
      world.register(version, version);
      world.decide(1, [
        { version: 1, share: 0.8 },
        { version, share: 0.2 },
      ]);
      const { serving } = (await aServer(world)).models.get('fraud')!;
      return new Set(cards.filter((card) => pickArm(serving!, card).model.version === version));
    };
    const [second, third] = [await firstOf(2), await firstOf(3)];
    const both = [...second].filter((card) => third.has(card)).length;
    assert.ok(both > 15 && both < 70, `${both} of ${second.size} cards met version 2 and version 3`);
  });

  it('answer only once they are loaded and probed', async () => {
    const world = aServingWorld();
    const server = await aServer(world);
    world.register(2, 2);
    const send = world.hold(2);
    world.decide(1, SHARED);
    const looking = server.watch.look();
    await until(() => world.asked.includes('models/fraud/2.json'), 'the artifact is asked for');
    const rows = cards.map((card_id) => aRow({ card_id }));
    assert.deepEqual([...new Set(await versionsOf(server, rows))], [1]);
    send();
    await looking;
    assert.deepEqual(new Set(await versionsOf(server, rows)), new Set([1, 2]));
  });

  it('get rows without a card by their key, and rows without a key by their shares', async () => {
    const server = await aServer(aSharedWorld());
    const keyed = cards.map((_, i) => aRow({ transaction_id: i }));
    assert.deepEqual(await versionsOf(server, keyed), await versionsOf(server, keyed));
    for (const rows of [keyed, cards.map(() => aRow())]) {
      const second = (await versionsOf(server, rows)).filter((version) => version === 2).length;
      assert.ok(second > 430 && second < 570, `version 2 got ${second} of 1,000`);
    }
  });

  describe('of two revisions', () => {
    it('answer each what fits its own columns, and refuse what does not', async () => {
      const world = aWorldOfTwoRevisions();
      const server = await aServer(world);
      const [narrow, wide] = [await cardOf(server, 1), await cardOf(server, 2)];
      const answered = await predict(server, aRow({ card_id: narrow }));
      assert.deepEqual([answered.status, answered.body.version], [200, 1]);
      const answeredWide = await predict(server, aRow({ card_id: wide, merchant: 'm1' }));
      assert.deepEqual([answeredWide.status, answeredWide.body.version], [200, 2]);
      const refused = await predict(server, aRow({ card_id: wide }));
      assert.deepEqual([refused.status, refused.body.error.field], [400, 'merchant']);
      assert.match(refused.body.error.message, /"merchant" is missing; send text/);
    });

    it('both answer a caller that sends what either of them reads, and each logs its own columns', async () => {
      const world = aWorldOfTwoRevisions();
      const server = await aServer(world);
      for (const version of [1, 2]) {
        const row = aRow({ card_id: await cardOf(server, version), merchant: 'm1' });
        const { body } = await predict(server, row);
        await server.shipper.ship();
        assert.equal(body.version, version);
        assert.equal(world.logged.get(body.id)!.row['merchant'], version === 2 ? 'm1' : undefined);
        const typo = await predict(server, { ...row, merchent: 'm1' });
        assert.deepEqual([typo.status, typo.body.error.field], [400, 'merchent']);
      }
    });

    it('do the same after a restart without database and store', async () => {
      const world = aWorldOfTwoRevisions();
      const dataFolder = aFolder();
      await stop(await aServer(world, { dataFolder }));
      world.databaseUp = world.storeUp = false;
      const server = await aServer(world, { dataFolder });
      const wide = await cardOf(server, 2);
      assert.equal((await predict(server, aRow({ card_id: wide }))).body.error.field, 'merchant');
      assert.equal((await predict(server, aRow({ card_id: await cardOf(server, 1) }))).status, 200);
    });
  });

  it('are one version where an earlier release wrote down what it served', async () => {
    const world = aServingWorld();
    world.promote(2);
    const dataFolder = aFolder();
    await stop(await aServer(world, { dataFolder }));
    const file = join(dataFolder, 'serving', 'state.json');
    const state = JSON.parse(readFileSync(file, 'utf8'));
    delete state.pipelines[0].traffic.champion;
    writeFileSync(file, JSON.stringify(state));
    world.databaseUp = world.storeUp = false;
    const { version, fallback, problem } = await healthOf(await aServer(world, { dataFolder }));
    assert.deepEqual([version, fallback, problem], [2, 1, null]);
  });
});
