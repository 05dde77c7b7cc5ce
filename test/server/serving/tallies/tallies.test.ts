import { emptyTally, type Tally } from '../../../../core/rollout/evidence/tally.ts';
import { type PredictionServer } from '../../../../server/app.ts';
import { createArmCounts } from '../../../../server/serving/tallies/arm-counts.ts';
import { pickArm } from '../../../../server/serving/serving.ts';
import { aRow, aServer, aServingWorld, cleanUp, predict, stop, until, type World } from '../../fakes.ts';
import assert from 'node:assert/strict';

const cards = Array.from({ length: 300 }, (_, i) => `card-${i}`);
const rowsOf = (units: readonly string[]) => units.map((card_id) => aRow({ card_id, amount: 0 }));

/** Version 1 is champion; version 2 has a share of the traffic. */
function aSharedWorld(share = 0.5): World {
  const world = aServingWorld();
  world.register(2, 2);
  const arms = [
    { version: 1, share: 1 - share },
    { version: 2, share },
  ];
  world.decide(1, arms);
  return world;
}

const modelOf = (server: PredictionServer, version: number) =>
  server.models.get('fraud')!.serving!.arms.find(({ model }) => model.version === version)!.model;

describe('the counts of the versions that share the traffic', () => {
  afterEach(cleanUp);
  const numbersOf = ({ rows, units, failed, refused }: Tally) => ({ rows, units, failed, refused });
  const both = (world: World): Tally[] => [world.tallyOf(1)!, world.tallyOf(2)!];

  it('give each row to the version that got it and each card once, with the time and score of its first row', async () => {
    const world = aSharedWorld();
    const server = await aServer(world);
    await predict(server, { rows: rowsOf(cards) });
    await predict(server, { rows: rowsOf(cards.slice(0, 100)).map((row) => ({ ...row, amount: 50 })) });
    await server.tallying.tell();
    const tallies = both(world);
    assert.equal(tallies[0]!.rows + tallies[1]!.rows, 400);
    assert.equal(tallies[0]!.units + tallies[1]!.units, 300);
    for (const [i, { units, failed, refused, times, scores }] of tallies.entries()) {
      assert.ok(units > 100, `version ${i + 1} got ${units} cards`);
      assert.deepEqual([failed, refused, scores.count], [0, 0, units]);
      assert.equal(
        times.reduce((sum, count) => sum + count, 0),
        units,
      );
      const score = 1 / (1 + Math.exp(-(i + 1)));
      assert.ok(Math.abs(scores.sum / units - score) < 1e-6, 'the mean of the first rows, which have an amount of 0');
      assert.ok(Math.abs(scores.squares / units - score * score) < 1e-6);
    }
  });

  it('include each row without card and key, and each key once where there is no card', async () => {
    const world = aSharedWorld();
    const server = await aServer(world);
    await predict(server, { rows: cards.map(() => aRow()) });
    await predict(server, { rows: [...cards, ...cards].map((_, i) => aRow({ transaction_id: i % 300 })) });
    await server.tallying.tell();
    const [first, second] = both(world);
    assert.equal(first!.units + second!.units, 600);
    assert.equal(first!.rows + second!.rows, 900);
  });

  for (const { fault, score } of [
    {
      fault: 'throws',
      score: () => {
        throw new Error('out of range');
      },
    },
    { fault: 'answers no finite number', score: () => NaN },
  ])
    it(`include a failure of a version that ${fault}, even if the fallback answers, once per card`, async () => {
      const world = aServingWorld();
      world.promote(2);
      const server = await aServer(world);
      modelOf(server, 2).score = score;
      for (let i = 0; i < 2; i++)
        assert.equal((await predict(server, { rows: rowsOf(cards.slice(0, 4)) })).status, 200);
      await server.tallying.tell();
      assert.deepEqual(numbersOf(world.tallyOf(2)!), { rows: 8, units: 4, failed: 4, refused: 0 });
      assert.equal(world.tallyOf(2)!.scores.count, 0);
      assert.equal(world.tallyOf(1), null, 'the fallback is no arm');
    });

  it('include a failure where only the mean label answers, or nothing', async () => {
    const world = aServingWorld();
    const server = await aServer(world);
    const { champion } = server.models.get('fraud')!.serving!;
    champion.model.score = () => NaN;
    assert.equal((await predict(server, aRow())).status, 200);
    champion.prior = null;
    assert.equal((await predict(server, aRow())).status, 500);
    await server.tallying.tell();
    assert.deepEqual(numbersOf(world.tallyOf(1)!), { rows: 2, units: 2, failed: 2, refused: 0 });
  });

  it('include a refusal once per card for the version whose declaration refuses a row, and no row of that request', async () => {
    const world = aServingWorld();
    const server = await aServer(world);
    const wrong = aRow({ card_id: 'c1', amount: 'much' });
    for (let i = 0; i < 2; i++) assert.equal((await predict(server, { rows: [...rowsOf(cards), wrong] })).status, 400);
    await server.tallying.tell();
    assert.deepEqual(numbersOf(world.tallyOf(1)!), { rows: 2, units: 1, failed: 0, refused: 1 });
  });

  it('begin anew with each generation, and the last of the old one are still written', async () => {
    const world = aServingWorld();
    const server = await aServer(world);
    await predict(server, aRow());
    world.promote(2);
    await server.watch.look();
    await predict(server, aRow());
    await server.tallying.tell();
    assert.equal(world.tallyOf(1, 1)!.rows, 1);
    assert.equal(world.tallyOf(2, 2)!.rows, 1);
    assert.equal(world.tallyOf(1, 2), null);
  });

  it('are written when something has changed, as totals of this process', async () => {
    const world = aServingWorld();
    const server = await aServer(world);
    const written = () => world.asked.filter((question) => question.startsWith('tallies of')).length;
    for (const rows of [1, 2]) {
      await predict(server, aRow());
      await server.tallying.tell();
      await server.tallying.tell();
      assert.equal(world.tallyOf(1)!.rows, rows);
      assert.equal(written(), rows);
    }
  });

  it('add up over servers of one name and over restarts', async () => {
    const world = aServingWorld();
    const [one, other] = [await aServer(world), await aServer(world)];
    for (const server of [one, other]) {
      await predict(server, aRow());
      await stop(server);
    }
    await predict(await aServer(world), aRow());
    assert.equal(world.tallyOf(1)!.rows, 2);
  });

  it('include a card once that fails or is refused at several servers, or before and after a restart', async () => {
    const world = aServingWorld();
    const wrong = aRow({ card_id: 'refused', amount: 'much' });
    for (let i = 0; i < 12; i++) {
      const server = await aServer(world);
      modelOf(server, 1).score = () => NaN;
      await predict(server, { rows: rowsOf(['card-1', `card-of-${i}`]) });
      await predict(server, wrong);
      await stop(server);
    }
    assert.deepEqual(numbersOf(world.tallyOf(1)!), { rows: 36, units: 36, failed: 13, refused: 1 });
  });

  it('include cards that fail beyond the first hundred of each server again at another server', async () => {
    const world = aServingWorld();
    for (let i = 0; i < 2; i++) {
      const server = await aServer(world);
      modelOf(server, 1).score = () => NaN;
      await predict(server, { rows: rowsOf(cards.slice(0, 150)) });
      await stop(server);
    }
    assert.equal(world.tallyOf(1)!.failed, 200);
  });

  it('wait while the database is down, and are written without help when it is back', async () => {
    const world = aServingWorld();
    const server = await aServer(world, { tellEveryMs: 5 });
    await server.app.ready();
    world.databaseUp = false;
    assert.equal((await predict(server, aRow())).status, 200);
    await assert.rejects(server.tallying.tell(), /does not answer/);
    world.databaseUp = true;
    await until(() => world.tallyOf(1)?.rows === 1, 'the tally is written');
  });

  it('are not written while the database is set back, since its traffic is different', async () => {
    const world = aServingWorld();
    world.promote(2);
    const server = await aServer(world);
    world.traffics.set('fraud', {
      ...world.traffics.get('fraud')!,
      generation: 1,
      changedAt: '2020-01-01T00:00:00.000Z',
    });
    await server.watch.look();
    await predict(server, aRow());
    await server.tallying.tell();
    assert.deepEqual([...world.tallies], []);
  });
});

describe('the memory of what was counted', () => {
  it('recognises a card among a hundred thousand, and skips few', () => {
    const counts = createArmCounts();
    for (let pass = 0; pass < 2; pass++) for (let i = 0; i < 100_000; i++) counts.scored(1, `card-${i}`, 0.1, 0.5);
    const { rows, units } = counts.tallies.get(1)!;
    assert.equal(rows, 200_000);
    assert.ok(units > 98_000 && units <= 100_000, `${units} of 100,000 cards were counted`);
  });

  it('skips the same share of each arm, however many cards there are', async () => {
    const server = await aServer(aSharedWorld(0.25));
    const { serving } = server.models.get('fraud')!;
    await cleanUp();
    const counts = createArmCounts();
    const got: Record<number, number> = { 1: 0, 2: 0 };
    for (let i = 0; i < 1_500_000; i++) {
      const { version } = pickArm(serving!, `card-${i}`).model;
      got[version]!++;
      counts.scored(version, `card-${i}`, 0.1, 0.5);
    }
    const kept = [1, 2].map((version) => counts.tallies.get(version)!.units / got[version]!);
    assert.ok(kept[0]! > 0.8 && kept[0]! < 0.9, `${kept[0]} of version 1's cards were counted`);
    assert.ok(Math.abs(kept[0]! - kept[1]!) < 0.005, `but ${kept[1]} of version 2's`);
  });

  it('keeps the scores of a shadow in bounded memory, and fewer of many', () => {
    const counts = createArmCounts();
    let kept = 0;
    for (let i = 0; i < 300_000; i++) {
      counts.scored(2, null, 0.1, 0.5, { id: `id-${i}`, time: 0, score: 0.4 });
      if (i % 1000 === 999) kept += counts.kept.splice(0).length;
    }
    assert.equal(kept, 200_000, 'each of the first 100,000, then every second');
    for (let i = 0; i < 200_000; i++) counts.scored(2, null, 0.1, 0.5, { id: `id-${i}`, time: 0, score: 0.4 });
    assert.equal(counts.kept.length, 20_000);
  });

  it('has the shape that is written', () => {
    const counts = createArmCounts();
    counts.refused(1, null);
    assert.deepEqual(counts.tallies.get(1), { ...emptyTally(), rows: 1, units: 1, refused: 1 });
  });
});
