import { parsePipeline, type PipelineInput } from '../../../../core/declaration/pipeline.ts';
import { type Tally } from '../../../../core/rollout/evidence/tally.ts';
import { type PredictionServer } from '../../../../server/app.ts';
import { Scene } from '../../../console/fakes.ts';
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
  type World,
} from '../../fakes.ts';
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ALONE = [{ version: 1, share: 1 }];

/** Version 1 answers, version 2 is its shadow; of another declaration, if it has a column more. */
function aShadowedWorld(revision = 'r1'): World {
  const world = aServingWorld();
  const { columns, ...rest } = aPipeline() as PipelineInput;
  const wider = { ...rest, columns: { ...columns, merchant: { kind: 'category' } } };
  world.revisions.set('fraud/r2', parsePipeline(wider, 'the test'));
  world.register(2, 2, 'fraud', { revision });
  world.decide(1, ALONE, 'fraud', 2);
  return world;
}

const shadowOf = (server: PredictionServer) => server.models.get('fraud')!.serving!.shadow!;
const healthOf = async (server: PredictionServer) => (await server.app.inject('/health')).json().pipelines.fraud;

/** The tally of a version, once it has so many rows. */
async function tallied(server: PredictionServer, world: World, version: number, rows: number): Promise<Tally> {
  await until(async () => {
    await server.tallying.tell();
    return world.tallyOf(version)?.rows === rows;
  }, `version ${version} has ${rows} rows`);
  return world.tallyOf(version)!;
}

describe('a shadow', () => {
  afterEach(cleanUp);

  it('scores each row after the champion has answered it, which shows only in its tally', async () => {
    const world = aShadowedWorld();
    const server = await aServer(world);
    const rows = Array.from({ length: 50 }, (_, i) => aRow({ card_id: `card-${i}`, amount: 0 }));
    const { body } = await predict(server, { rows });
    for (const row of rows) await predict(server, row);
    assert.ok(body.predictions.every(({ version }: { version: number }) => version === 1));
    const [champion, shadow] = [await tallied(server, world, 1, 100), await tallied(server, world, 2, 100)];
    assert.deepEqual([champion.units, shadow.units, shadow.failed, shadow.refused], [50, 50, 0, 0]);
    assert.ok(Math.abs(shadow.scores.sum / 50 - 1 / (1 + Math.exp(-2))) < 1e-6);
    await server.shipper.ship();
    assert.equal(world.logged.size, 100);
    assert.ok(
      [...world.logged.values()].every(({ version }) => version === 1),
      'it is in no log',
    );
  });

  it('is compared with each answer, once a card, and its scores are kept beside them until labels come', async () => {
    const world = aShadowedWorld();
    const server = await aServer(world);
    const rows = Array.from({ length: 50 }, (_, i) => aRow({ card_id: `card-${i}`, amount: 0 }));
    const first = (await predict(server, { rows })).body.predictions as { id: string; score: number }[];
    await predict(server, { rows });
    const { shifts } = await tallied(server, world, 2, 100);
    const [mine, theirs] = [1 / (1 + Math.exp(-2)), first[0]!.score];
    assert.equal(shifts!.count, 50);
    assert.ok(Math.abs(shifts!.sum / 50 - (mine - theirs)) < 1e-6);
    assert.deepEqual([...world.shadowScores.keys()].sort(), first.map(({ id }) => id).sort());
    await server.shipper.ship();
    for (const { id, pipeline, generation, version, time, score } of world.shadowScores.values()) {
      assert.deepEqual([pipeline, generation, version], ['fraud', 2, 2]);
      assert.equal(time, world.logged.get(id)!.time);
      assert.ok(Math.abs(score - mine) < 1e-6);
    }
  });

  it('is compared with nothing where another version stood in, or it has no score itself', async () => {
    const world = aShadowedWorld();
    const server = await aServer(world);
    const { champion } = server.models.get('fraud')!.serving!;
    const { score } = champion.model;
    champion.model.score = () => NaN;
    await predict(server, aRow());
    champion.model.score = score;
    shadowOf(server).model.score = () => NaN;
    await predict(server, aRow());
    assert.equal((await tallied(server, world, 2, 2)).shifts, undefined);
    assert.equal(world.shadowScores.size, 0);
  });

  for (const { fault, score } of [
    {
      fault: 'throws',
      score: () => {
        throw new Error('out of range');
      },
    },
    { fault: 'finds no finite score', score: () => NaN },
  ])
    it(`that ${fault} affects no answer, and counts as failed`, async () => {
      const world = aShadowedWorld();
      const server = await aServer(world);
      shadowOf(server).model.score = score;
      for (let i = 0; i < 3; i++) assert.equal((await predict(server, aRow())).status, 200);
      const { units, failed, refused } = await tallied(server, world, 2, 3);
      assert.deepEqual([units, failed, refused], [3, 3, 0]);
    });

  it('that fails at five consecutive rows rests, and its other rows do not count', async () => {
    const world = aShadowedWorld();
    let now = Date.parse(NOW);
    const server = await aServer(world, { clock: { now: () => new Date(now), millisecondsUntil: () => 0 } });
    let asked = 0;
    shadowOf(server).model.score = () => (asked++, NaN);
    const rows = (from: number) => Array.from({ length: 20 }, (_, i) => aRow({ card_id: `card-${from + i}` }));
    await predict(server, { rows: rows(0) });
    assert.equal((await tallied(server, world, 2, 5)).failed, 5);
    now += 60_000;
    await predict(server, { rows: rows(20) });
    await tallied(server, world, 2, 6);
    assert.equal(asked, 6, 'one row tried it after its rest');
  });

  it('that is slow lets other answers pass between two of its rows', async () => {
    const world = aShadowedWorld();
    const server = await aServer(world);
    const events: string[] = [];
    shadowOf(server).model.score = () => {
      const end = performance.now() + 5;
      while (performance.now() < end);
      events.push('shadow');
      return 0.5;
    };
    await predict(server, { rows: Array.from({ length: 20 }, () => aRow()) });
    for (let i = 0; i < 3; i++) {
      await predict(server, aRow());
      events.push('answer');
    }
    assert.ok(events.indexOf('answer') < 15, `the first answer waited for ${events.indexOf('answer')} rows`);
    await tallied(server, world, 2, 23);
  });

  it('counts what its own declaration refuses as refused, and accepts fields that only it reads', async () => {
    const world = aShadowedWorld('r2');
    const server = await aServer(world);
    assert.equal((await predict(server, aRow())).status, 200);
    assert.equal((await predict(server, aRow({ merchant: 'm1' }))).status, 200);
    const { units, failed, refused } = await tallied(server, world, 2, 2);
    assert.deepEqual([units, failed, refused], [2, 0, 1]);
  });

  it('also gets rows that the champion refused or failed at, so both are judged by the same rows', async () => {
    const world = aShadowedWorld();
    const server = await aServer(world);
    assert.equal((await predict(server, { rows: [aRow(), aRow({ amount: 'much' }), aRow()] })).status, 400);
    const refused = [await tallied(server, world, 1, 1), await tallied(server, world, 2, 1)];
    assert.deepEqual(
      refused.map((tally) => tally.refused),
      [1, 1],
    );
    const { champion } = server.models.get('fraud')!.serving!;
    Object.assign(champion, { prior: null, model: { ...champion.model, score: () => NaN } });
    assert.equal((await predict(server, { rows: [aRow(), aRow()] })).status, 500);
    const failed = [await tallied(server, world, 1, 2), await tallied(server, world, 2, 2)];
    assert.deepEqual(
      failed.map((tally) => tally.failed),
      [1, 0],
    );
  });

  it('is named as such by health, console and log', async () => {
    const server = await aServer(aShadowedWorld(), { operations: new Scene().door() });
    const { shadow, serves } = await healthOf(server);
    assert.deepEqual([shadow, serves], [2, 'v1, v2 as shadow']);
    const page = await server.app.inject({ url: '/pipelines/fraud', headers: { accept: 'text/html' } });
    assert.match(page.body, />v1, v2 as shadow</);
  });

  it('is loaded and probed before the traffic that names it is served', async () => {
    const world = aServingWorld();
    const server = await aServer(world);
    world.register(2, 2);
    const send = world.hold(2);
    world.decide(1, ALONE, 'fraud', 2);
    const looking = server.watch.look();
    await until(() => world.asked.includes('models/fraud/2.json'), 'the artifact is asked for');
    assert.equal((await healthOf(server)).generation, 1);
    send();
    await looking;
    const { generation, shadow } = await healthOf(server);
    assert.deepEqual([generation, shadow], [2, 2]);
    world.register(3, 3);
    world.corrupt(3);
    world.decide(1, ALONE, 'fraud', 3);
    await server.watch.look();
    const { shadow: still, problem } = await healthOf(server);
    assert.equal(still, 2);
    assert.match(problem, /v3 could not be loaded/);
  });

  it('resumes after a restart without database and store', async () => {
    const world = aShadowedWorld('r2');
    const dataFolder = aFolder();
    await stop(await aServer(world, { dataFolder }));
    world.databaseUp = world.storeUp = false;
    const server = await aServer(world, { dataFolder });
    assert.equal((await healthOf(server)).shadow, 2);
    await predict(server, aRow());
    world.databaseUp = true;
    assert.equal((await tallied(server, world, 2, 1)).refused, 1, 'by its own declaration');
  });

  it('comes from the database when it was not on disk, or an earlier release saved none', async () => {
    const world = aShadowedWorld();
    const dataFolder = aFolder();
    await stop(await aServer(world, { dataFolder }));
    const file = join(dataFolder, 'serving', 'state.json');
    const state = JSON.parse(readFileSync(file, 'utf8'));
    delete state.pipelines[0].traffic.shadow;
    writeFileSync(file, JSON.stringify(state));
    world.databaseUp = false;
    const server = await aServer(world, { dataFolder });
    const before = await healthOf(server);
    assert.deepEqual([before.version, before.shadow, before.problem], [1, null, null]);
    world.databaseUp = true;
    await server.watch.look();
    const after = await healthOf(server);
    assert.deepEqual([after.version, after.shadow, after.problem], [1, 2, null]);
  });

  it('ends with the traffic that named it', async () => {
    const world = aShadowedWorld();
    const server = await aServer(world);
    world.decide(1, ALONE);
    await server.watch.look();
    assert.equal((await healthOf(server)).shadow, null);
    await predict(server, aRow());
    await tallied(server, world, 1, 1);
    assert.equal(world.tallyOf(2), null);
  });
});
