import { type PredictionServer } from '../../../../server/app.ts';
import { versionsOf } from '../../../../server/serving/serving.ts';
import { aRow, aServer, aServingWorld, cleanUp, predict, type World } from '../../fakes.ts';
import assert from 'node:assert/strict';

/** Versions 2 and 3 share the traffic, 4 is the shadow, 1 the fallback. */
function aFullWorld(): World {
  const world = aServingWorld();
  world.promote(2);
  for (const version of [3, 4, 5]) world.register(version, version);
  world.decide(2, [{ version: 2, share: 0.9 }, { version: 3, share: 0.1 }], 'fraud', 4); // prettier-ignore
  return world;
}

async function ask(server: PredictionServer, version: string, payload: object = aRow()) {
  const headers = { 'perennial-version': version };
  const { statusCode, body } = await server.app.inject({ method: 'POST', url: '/predict/fraud', headers, payload });
  return { status: statusCode, body: JSON.parse(body) };
}

describe('a request that names a version', () => {
  afterEach(cleanUp);

  it('is answered by that version alone, whether it has a share, is the shadow or the fallback', async () => {
    const world = aFullWorld();
    const server = await aServer(world);
    const rows = Array.from({ length: 20 }, (_, i) => aRow({ card_id: `card-${i}` }));
    for (const version of [1, 2, 3, 4]) {
      assert.equal((await ask(server, `v${version}`)).body.version, version);
      assert.equal((await ask(server, String(version))).body.version, version);
      const { body } = await ask(server, `v${version}`, { rows });
      assert.equal(body.version, version);
      assert.deepEqual(new Set(body.predictions.map((one: { version: number }) => one.version)), new Set([version]));
    }
  });

  it('is no evidence about that version, and is logged with a mark that says so', async () => {
    const world = aFullWorld();
    const server = await aServer(world);
    const { body } = await ask(server, 'v3');
    await new Promise(setImmediate);
    await server.tallying.tell();
    assert.deepEqual([...world.tallies], []);
    await server.shipper.ship();
    const { version, row } = world.logged.get(body.id)!;
    assert.deepEqual([version, row['_named']], [3, true]);
    const { body: other } = await predict(server, aRow());
    await server.shipper.ship();
    assert.ok(!('_named' in world.logged.get(other.id)!.row), 'others have none');
  });

  it('shows the failure of that version, without affecting its breaker', async () => {
    const server = await aServer(aFullWorld());
    const champion = versionsOf(server.models.get('fraud')!.serving!).find(({ model }) => model.version === 2)!;
    const { score } = champion.model;
    champion.model.score = () => NaN;
    for (let i = 0; i < 10; i++) assert.equal((await ask(server, 'v2')).status, 500);
    assert.equal(server.breakers.of(champion).trip, null);
    for (let i = 0; i < 5; i++) server.breakers.failed(champion, Date.now(), 'the test');
    champion.model.score = score;
    assert.equal((await ask(server, 'v2')).body.version, 2);
    assert.notEqual(server.breakers.of(champion).trip, null, 'nor does it end its rest');
  });

  it('is refused when that version is not loaded, with a list of those that are', async () => {
    const server = await aServer(aFullWorld());
    const { status, body } = await ask(server, 'v5');
    assert.deepEqual([status, body.error.code], [404, 'MODEL_UNKNOWN']);
    assert.equal(body.error.message, 'fraud has no version "5" in service; these are: 1, 2, 3, 4.');
  });

  for (const sent of ['latest', 'v0', '-1', '3.0', '', '9'.repeat(30)])
    it(`is refused when it says ${JSON.stringify(sent)}`, async () => {
      const { status, body } = await ask(await aServer(aFullWorld()), sent);
      assert.deepEqual([status, body.error.code, body.error.field], [400, 'REQUEST_INVALID', 'perennial-version']);
      assert.match(body.error.message, /name a version like v3/);
    });

  it('does not affect other requests', async () => {
    const server = await aServer(aFullWorld());
    await ask(server, 'v1');
    assert.ok([2, 3].includes((await predict(server, aRow())).body.version));
  });
});
