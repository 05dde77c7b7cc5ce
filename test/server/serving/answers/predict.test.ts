import { aPipeline, aRow, aServer, aServingWorld, cleanUp, NOW, predict, World } from '../../fakes.ts';
import assert from 'node:assert/strict';

describe('POST /predict/:pipeline', () => {
  afterEach(cleanUp);

  it('answers one row with its score, decision, threshold and the version that gave them', async () => {
    const server = await aServer(aServingWorld());
    const { status, body } = await predict(server, aRow({ amount: -1 }));
    assert.equal(status, 200);
    const { id, ...answer } = body;
    assert.match(id, /^[0-9a-f-]{36}$/);
    assert.deepEqual(answer, { score: 0.5, decision: true, threshold: 0.5, version: 1, pipeline: 'fraud' });
  });

  it('answers an estimate without a decision where the label is a number', async () => {
    const world = new World();
    world.add();
    world.register(1, 1, 'fraud', { target: { mean: 100, deviation: 10 } });
    world.promote(1);
    const server = await aServer(world);
    const { status, body } = await predict(server, aRow({ amount: 2 }));
    assert.equal(status, 200);
    const { id, ...answer } = body;
    assert.deepEqual(answer, { score: 130, version: 1, pipeline: 'fraud' });
    await server.shipper.ship();
    assert.equal(world.logged.get(id)!.decision, null);
  });

  it('answers many rows in their order', async () => {
    const server = await aServer(aServingWorld());
    const { status, body } = await predict(server, { rows: [aRow({ amount: -5 }), aRow({ amount: 5 })] });
    assert.equal(status, 200);
    assert.deepEqual([body.pipeline, body.version], ['fraud', 1]);
    assert.deepEqual(
      body.predictions.map((one: { decision: boolean }) => one.decision),
      [false, true],
    );
  });

  it("logs the client's key and time, the hour of that time, and the prediction's id and now without them", async () => {
    const world = aServingWorld();
    const server = await aServer(world);
    const sent = { transaction_id: 77, card_id: 'c1', occurred_at: '2026-02-28T23:10:00+01:00' };
    const known = await predict(server, aRow(sent));
    const bare = await predict(server, aRow({ distance: null }));
    await server.shipper.ship();
    const first = world.logged.get(known.body.id)!;
    assert.deepEqual([first.key, first.time, first.servedAt], ['77', '2026-02-28T22:10:00.000Z', NOW]);
    assert.deepEqual(first.row, { amount: 10, distance: 1, device: 'phone', is_online: true, hour: 22 });
    const second = world.logged.get(bare.body.id)!;
    assert.deepEqual([second.key, second.time, second.row['hour']], [bare.body.id, NOW, 12]);
  });

  it('accepts an absent nullable field, a new level, and values beyond the declared range', async () => {
    const server = await aServer(aServingWorld());
    assert.equal((await predict(server, { amount: -3, device: 'fridge', is_online: false })).status, 200);
  });

  const refusals: { when: string; payload: object | string; field: string | null; says: RegExp; row?: number }[] = [
    {
      when: 'missing',
      payload: { ...aRow(), amount: undefined },
      field: 'amount',
      says: /"amount" is missing; send a finite number/,
    },
    { when: 'null where it may not be', payload: aRow({ amount: null }), field: 'amount', says: /"amount" is null/ },
    {
      when: 'text for a number',
      payload: aRow({ amount: '12' }),
      field: 'amount',
      says: /"amount" is "12"; send a finite number/,
    },
    {
      when: 'Infinity',
      payload: '{"amount": 1e999, "device": "web", "is_online": true}',
      field: 'amount',
      says: /"amount" is Infinity/,
    },
    {
      when: 'a number for text',
      payload: aRow({ device: 3 }),
      field: 'device',
      says: /"device" is 3; send text such as "phone", "web"/,
    },
    { when: 'text for a boolean', payload: aRow({ is_online: 'yes' }), field: 'is_online', says: /send true or false/ },
    {
      when: 'unknown',
      payload: aRow({ amuont: 3 }),
      field: 'amuont',
      says: /"amuont" is not a field of fraud; fields are: amount, /,
    },
    {
      when: 'derived from time',
      payload: aRow({ hour: 3 }),
      field: 'hour',
      says: /"hour" is derived from occurred_at; leave it out/,
    },
    {
      when: 'not a time',
      payload: aRow({ occurred_at: 'yesterday' }),
      field: 'occurred_at',
      says: /"occurred_at" is "yesterday"; send a time like/,
    },
    {
      when: 'a day that no calendar has',
      payload: aRow({ occurred_at: '2026-02-30T10:00:00Z' }),
      field: 'occurred_at',
      says: /"occurred_at" is "2026-02-30T10:00:00Z"; send a time like/,
    },
    {
      when: 'a time far off',
      payload: aRow({ occurred_at: '9999-12-31T00:00:00Z' }),
      field: 'occurred_at',
      says: /which is over a year ahead or ten years back/,
    },
    {
      when: 'half of a surrogate pair',
      payload: '{"amount":1,"device":"\\ud800","is_online":true}',
      field: 'device',
      says: /not valid text/,
    },
    {
      when: 'a key that JSON cannot carry',
      payload: '{"amount":1,"device":"web","is_online":true,"transaction_id":12345678901234567890}',
      field: 'transaction_id',
      says: /loses digits in JSON: send it as text/,
    },
    { when: 'text no database can hold', payload: aRow({ device: 'a\0b' }), field: 'device', says: /not valid text/ },
    {
      when: 'in the third of many rows',
      payload: { rows: [aRow(), aRow(), aRow({ amount: true })] },
      field: 'amount',
      says: /rows\[2\]\."amount" is true/,
      row: 2,
    },
    {
      when: 'an empty list of rows',
      payload: { rows: [] },
      field: 'rows',
      says: /"rows" is 0 rows; send an array of 1 to 1000 rows/,
    },
    {
      when: 'too many rows',
      payload: { rows: Array.from({ length: 1001 }, () => aRow()) },
      field: 'rows',
      says: /1001 rows/,
    },
    { when: 'not an object', payload: '[1]', field: null, says: /The row is an array of 1; send a JSON object/ },
    {
      when: 'named like something every object inherits',
      payload: aRow({ constructor: 1 }),
      field: 'constructor',
      says: /not a field/,
    },
  ];
  for (const { when, payload, field, says, row } of refusals)
    it(`refuses a field that is ${when}, and names it`, async () => {
      const world = aServingWorld();
      const server = await aServer(world);
      const { status, body } = await predict(server, payload);
      assert.equal(status, 400);
      assert.equal(body.error.code, 'REQUEST_INVALID');
      assert.equal(body.error.field, field);
      assert.match(body.error.message, says);
      if (row !== undefined) assert.equal(body.error.row, row);
      await server.shipper.ship();
      assert.equal(world.logged.size, 0);
    });

  it('answers bodies that are not JSON, too large or of another type in the same shape', async () => {
    const server = await aServer(aServingWorld());
    const send = async (contentType: string, payload: string) => {
      const response = await server.app.inject({
        method: 'POST',
        url: '/predict/fraud',
        headers: { 'content-type': contentType },
        payload,
      });
      return [
        response.statusCode,
        JSON.parse(response.body).error.code,
        JSON.parse(response.body).error.message,
      ] as const;
    };
    const [malformed, , why] = await send('application/json', '{"amount": ');
    assert.equal(malformed, 400);
    assert.match(why, /not valid JSON/);
    const [large, code] = await send('application/json', JSON.stringify(aRow({ device: 'x'.repeat(5_000_000) })));
    assert.deepEqual([large, code], [413, 'REQUEST_INVALID']);
    const [type, , advice] = await send('text/xml', '<row/>');
    assert.equal(type, 415);
    assert.match(advice, /application\/json/);
    assert.equal((await send('application/json', ''))[0], 400);
  });

  it('lists the known pipelines when called for an unknown one', async () => {
    const server = await aServer(aServingWorld());
    const { status, body } = await predict(server, aRow(), 'churn');
    assert.deepEqual([status, body.error.code], [404, 'PIPELINE_UNKNOWN']);
    assert.match(body.error.message, /no pipeline "churn".*fraud/);
  });

  it('says what to do while a pipeline has no champion', async () => {
    const world = new World();
    world.add(aPipeline());
    const { status, body } = await predict(await aServer(world), aRow());
    assert.deepEqual([status, body.error.code], [503, 'NO_CHAMPION']);
    assert.match(body.error.message, /perennial run fraud training/);
  });

  it('answers with the fallback when the champion has no finite score', async () => {
    const world = aServingWorld();
    world.promote(2);
    const server = await aServer(world);
    await server.watch.look();
    server.models.get('fraud')!.serving!.champion.model.score = () => NaN;
    assert.equal((await predict(server, aRow())).body.version, 1);
  });
});
