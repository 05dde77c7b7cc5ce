import { type Row } from '../../../../core/data/data.ts';
import { parsePipeline, type Pipeline } from '../../../../core/declaration/pipeline.ts';
import { type DatatypeName, type Element } from '../../../../server/protocols/inference/datatypes.ts';
import { toBinary } from '../../../../server/protocols/inference/tensors.ts';
import { type PredictionServer } from '../../../../server/app.ts';
import { aPipeline, aRow, aServer, aServingWorld, cleanUp, NOW, predict, World } from '../../fakes.ts';
import fc from 'fast-check';
import assert from 'node:assert/strict';

const HEADER = 'inference-header-content-length';

interface Input {
  name: string;
  datatype: DatatypeName;
  shape: number[];
  data: unknown[];
  parameters?: object;
}

/** Rows as a tensor per field. */
function inputsOf(rows: readonly Row[], width: [] | [1] = [1]): Input[] {
  const datatypes: Record<string, DatatypeName> = { amount: 'FP64', distance: 'FP64', is_online: 'BOOL' };
  return Object.keys(rows[0]!).map((name) => ({
    name,
    datatype: datatypes[name] ?? 'BYTES',
    shape: [rows.length, ...width],
    data: rows.map((row) => row[name]),
  }));
}

const input = (name: string, changes: Partial<Input>, rows: readonly Row[] = [aRow()]): Input[] =>
  inputsOf(rows).map((each) => (each.name === name ? { ...each, ...changes } : each));

async function post(server: PredictionServer, path: string, payload: object | string, headers: object = {}) {
  const response = await server.app.inject({
    method: 'POST',
    url: `/v2/models/${path}/infer`,
    headers: { 'content-type': 'application/json', ...headers },
    payload,
  });
  return { status: response.statusCode, body: JSON.parse(response.body) };
}

/** A request with all inputs as binary data, as tritonclient sends it: without a content type. */
async function postBinary(server: PredictionServer, inputs: readonly Input[], more: object = {}) {
  const data = inputs.map(({ data, ...input }) =>
    toBinary({
      ...input,
      elements: data.map((value) => value ?? (input.datatype === 'BYTES' ? '' : NaN)) as Element[],
    }),
  );
  const json = Buffer.from(
    JSON.stringify({
      inputs: inputs.map((input, i) => ({
        ...input,
        data: undefined,
        parameters: { binary_data_size: data[i]!.length },
      })),
      ...more,
    }),
  );
  return server.app.inject({
    method: 'POST',
    url: '/v2/models/fraud/infer',
    headers: { [HEADER]: String(json.length) },
    payload: Buffer.concat([json, ...data]),
  });
}

const outputOf = (body: { outputs: { name: string; data: unknown[] }[] }, name: string): unknown[] | undefined =>
  body.outputs.find((output) => output.name === name)?.data;

const get = async (server: PredictionServer, url: string) => {
  const { statusCode, body } = await server.app.inject(url);
  return [statusCode, JSON.parse(body)];
};

/** A pipeline whose columns are numbers and one boolean, and its server. */
async function aNumericServer(): Promise<PredictionServer> {
  const { columns, ...others } = aPipeline('numbers') as Pipeline;
  const world = new World();
  world.add(
    parsePipeline({ ...others, columns: { amount: columns['amount'], is_online: columns['is_online'] } }, 'the test'),
  );
  world.promote(1, 1, 'numbers');
  return aServer(world);
}

describe('the Open Inference Protocol over REST', () => {
  afterEach(cleanUp);

  const text = fc.string({ minLength: 1, maxLength: 20 }).filter((value) => !value.includes('\0'));
  const rows = fc.array(
    fc.record({
      amount: fc.double({ noNaN: true, noDefaultInfinity: true }),
      distance: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
      device: text,
      is_online: fc.boolean(),
      transaction_id: text,
      card_id: text,
    }),
    { minLength: 1, maxLength: 8 },
  );

  it('gives what labels of estimates lie between where a version knows it, and otherwise answers as before', async () => {
    const world = new World();
    const { columns, ...others } = aPipeline('demand') as Pipeline;
    const label = { ...others.label, name: 'demand', kind: 'number' } as const;
    world.add({ ...others, label, columns: { amount: columns['amount']!, is_online: columns['is_online']! } });
    const target = { mean: 70, deviation: 3 };
    const interval = { coverage: 0.9, rows: 500, at: [70], spread: [2], below: 1, above: 3 };
    world.register(1, 1, 'demand', { target });
    world.register(2, 2, 'demand', { target, changes: { interval } });
    world.promote(1, 1, 'demand');
    const amount = { name: 'amount', datatype: 'FP64', shape: [1], data: [19.5] };
    const inputs = [amount, { name: 'is_online', datatype: 'BOOL', shape: [1], data: [true] }];
    const asked = async (server: PredictionServer, path: string) => {
      const { outputs } = (await post(server, path, { inputs })).body as {
        outputs: { name: string; data: number[] }[];
      };
      return Object.fromEntries(outputs.map(({ name, data }) => [name, data[0]]));
    };
    assert.deepEqual(Object.keys(await asked(await aServer(world), 'demand')), ['score', 'version', 'id']);

    world.decide(2, [{ version: 2, share: 0.5 }, { version: 1, share: 0.5 }], 'demand'); // prettier-ignore
    const server = await aServer(world);
    const { score, low, high } = await asked(server, 'demand/versions/2');
    assert.deepEqual([low, high], [score! - 2, score! + 6]);
    assert.deepEqual(Object.keys(await asked(server, 'demand/versions/1')), ['score', 'version', 'id']);
    // Of those that share the traffic, the older one has none to give.
    const both = await Promise.all(Array.from({ length: 40 }, () => asked(server, 'demand')));
    for (const { low, version } of both) assert.equal(low === null, version === 1);
    assert.equal(new Set(both.map(({ version }) => version)).size, 2);
  });

  it('answers and logs the same for a row, whether it comes as JSON, as tensors or as binary tensors', async () => {
    const world = aServingWorld();
    const server = await aServer(world);
    const logged = async () => {
      await server.shipper.ship();
      const found = [...world.logged.values()].map(({ key, time, row, score, version }) => ({ key, time, row, score, version })); // prettier-ignore
      world.logged.clear();
      return found;
    };
    await fc.assert(
      fc.asyncProperty(rows, async (rows) => {
        const plain = await predict(server, { rows });
        assert.equal(plain.status, 200);
        const expected = plain.body.predictions.map(({ score }: { score: number }) => score);
        const asLogged = await logged();
        for (const inputs of [inputsOf(rows), inputsOf(rows, [])]) {
          const { status, body } = await post(server, 'fraud', { inputs });
          assert.equal(status, 200, body.error);
          assert.deepEqual(outputOf(body, 'score'), expected);
          assert.deepEqual(await logged(), asLogged);
        }
        const binary = await postBinary(server, inputsOf(rows));
        assert.equal(binary.statusCode, 200, binary.body);
        assert.deepEqual(outputOf(JSON.parse(binary.body), 'score'), expected);
        assert.deepEqual(await logged(), asLogged);
      }),
      { numRuns: 50 },
    );
  });

  it('answers score, decision, version and id in the shape that was sent, with the id of the request', async () => {
    const server = await aServer(aServingWorld());
    const rows = [aRow({ amount: 3 }), aRow({ amount: -3 })];
    const { body } = await post(server, 'fraud', { id: 'request-7', inputs: inputsOf(rows) });
    assert.deepEqual([body.model_name, body.model_version, body.id], ['fraud', '1', 'request-7']);
    assert.deepEqual(
      body.outputs.map(({ name, datatype, shape }: Input) => [name, datatype, shape]),
      [
        ['score', 'FP64', [2, 1]],
        ['decision', 'BOOL', [2, 1]],
        ['version', 'INT64', [2, 1]],
        ['id', 'BYTES', [2, 1]],
      ],
    );
    assert.deepEqual(outputOf(body, 'decision'), [true, false]);
    assert.deepEqual(outputOf(body, 'version'), [1, 1]);
    assert.match(String(outputOf(body, 'id')![1]), /^[\da-f-]{36}$/);
    const flat = await post(server, 'fraud', { inputs: inputsOf(rows, []), outputs: [{ name: 'decision' }] });
    assert.equal(flat.body.id, undefined);
    assert.deepEqual(flat.body.outputs, [{ name: 'decision', datatype: 'BOOL', shape: [2], data: [true, false] }]);
  });

  it('answers in binary data where that is requested', async () => {
    const server = await aServer(aServingWorld());
    const inputs = inputsOf([aRow({ amount: 3 }), aRow({ amount: -3 })]);
    const outputs = [
      { name: 'decision', parameters: { binary_data: true } },
      { name: 'version', parameters: { binary_data: false } },
      { name: 'id' },
    ];
    const response = await postBinary(server, inputs, { outputs, parameters: { binary_data_output: true } });
    assert.equal(response.headers['content-type'], 'application/octet-stream');
    const length = Number(response.headers[HEADER]);
    const json = JSON.parse(response.rawPayload.subarray(0, length).toString());
    const [decision, version, id] = json.outputs;
    assert.deepEqual([decision.parameters, decision.data], [{ binary_data_size: 2 }, undefined]);
    assert.deepEqual([version.parameters, version.data], [undefined, [1, 1]]);
    assert.deepEqual(id.parameters, { binary_data_size: 2 * (4 + 36) });
    const binary = response.rawPayload.subarray(length);
    assert.deepEqual([...binary.subarray(0, 2)], [1, 0]);
    assert.equal(binary.length, 2 + 2 * (4 + 36));
  });

  it('takes numbers of every datatype, 64-bit keys without loss, and 0 and 1 for booleans', async () => {
    const world = aServingWorld();
    const server = await aServer(world);
    const inputs: Input[] = [
      { name: 'amount', datatype: 'INT32', shape: [1], data: [4] },
      { name: 'distance', datatype: 'FP32', shape: [1], data: [0.5] },
      { name: 'is_online', datatype: 'UINT8', shape: [1], data: [1] },
      { name: 'device', datatype: 'BYTES', shape: [1], data: ['web'] },
      { name: 'transaction_id', datatype: 'INT64', shape: [1], data: [9_007_199_254_740_993n] },
      { name: 'occurred_at', datatype: 'BYTES', shape: [1], data: ['2026-03-01T10:00:00Z'] },
    ];
    assert.equal((await postBinary(server, inputs)).statusCode, 200);
    await server.shipper.ship();
    const { key, time, row } = [...world.logged.values()][0]!;
    assert.deepEqual([key, time], ['9007199254740993', '2026-03-01T10:00:00.000Z']);
    assert.deepEqual(row, { amount: 4, distance: 0.5, device: 'web', is_online: true, hour: 10 });
  });

  it('reads a null as NaN among numbers, null in JSON, and the empty text where the column allows nulls', async () => {
    const world = new World();
    const { columns, ...others } = aPipeline();
    world.add(
      parsePipeline({ ...others, columns: { ...columns, country: { kind: 'category', nulls: 0.5 } } }, 'a test'),
    );
    world.promote(1);
    const server = await aServer(world);
    const inputs = inputsOf([aRow({ distance: null, country: null, transaction_id: null }), aRow({ country: 'DE', transaction_id: 't' })]); // prettier-ignore
    assert.equal((await post(server, 'fraud', { inputs })).status, 200);
    const binary = await postBinary(server, inputs);
    assert.equal(binary.statusCode, 200, binary.body);
    await server.shipper.ship();
    const logged = [...world.logged.values()].map(({ row }) => [row['distance'], row['country']]);
    assert.deepEqual(logged, [[null, null], [1, 'DE'], [null, null], [1, 'DE']]); // prettier-ignore
    const named = inputsOf([aRow({ distance: null, device: 'NaN "or NaN' })]);
    const asPython = await post(server, 'fraud', JSON.stringify({ inputs: named }).replace('[null]', '[NaN]'));
    assert.equal(asPython.status, 200, asPython.body.error);
    const { body } = await post(server, 'fraud', { inputs: [...input('amount', { data: [null] })] });
    assert.match(body.error, /rows\[0\]\."amount" is null; send a finite number/);
  });

  it('may omit nullable inputs, and takes key, time and entity as optional ones', async () => {
    const world = aServingWorld();
    const server = await aServer(world);
    const { status } = await post(server, 'fraud', {
      inputs: inputsOf([{ amount: 1, device: 'web', is_online: true }]),
    });
    assert.equal(status, 200);
    await server.shipper.ship();
    const { id, key, time } = [...world.logged.values()][0]!;
    assert.deepEqual([key, time], [id, NOW]);
  });

  it('takes one tensor with all columns, if these are numbers and booleans, in the order of its inputs', async () => {
    const server = await aNumericServer();
    const matrix = { name: 'features', datatype: 'FP32', shape: [2, 2], data: [2, 1, -2, 0] };
    const one = await post(server, 'numbers', { inputs: [matrix] });
    assert.deepEqual(outputOf(one.body, 'decision'), [true, false]);
    const key = { name: 'transaction_id', datatype: 'BYTES', shape: [2], data: ['a', 'b'] };
    assert.equal((await post(server, 'numbers', { inputs: [matrix, key] })).status, 200);
    for (const [inputs, says] of [
      [[{ ...matrix, shape: [4, 1] }], /"features" .* has 1 columns; send \[N, 2\] in this order: amount, is_online/],
      [
        [{ ...matrix, datatype: 'INT32' }],
        /"features" is not an input of this model; inputs are: amount, is_online, tr/,
      ],
      [[matrix, { ...key, name: 'amount', datatype: 'FP64', data: [1, 1] }], /"amount" is sent twice/],
    ] as const) {
      const { status, body } = await post(server, 'numbers', { inputs });
      assert.equal(status, 400);
      assert.match(body.error, says);
    }
    const { body } = await post(await aServer(aServingWorld()), 'fraud', { inputs: [matrix] });
    assert.match(body.error, /"device" is not a number; send a tensor per field: amount, distance, device, is_online/);
  });

  const refusals: [string, object, RegExp][] = [
    ['no inputs', {}, /"inputs" is nothing; send an array/],
    ['an empty list of inputs', { inputs: [] }, /"inputs" is empty; send a tensor per field/],
    ['an input without a name', { inputs: [{ shape: [1] }] }, /"name" is nothing; send text/],
    ['an unknown datatype', { inputs: input('amount', { datatype: 'FP16' as never }) }, /"datatype" .*"amount" is "FP16"; send one of BOOL, UINT8/],
    ['another datatype', { inputs: input('amount', { datatype: 'BOOL', data: [true] }) }, /"amount" .* cannot be BOOL; send FP64, or one of UINT8/],
    ['text as a number', { inputs: input('amount', { data: ['ten'] }) }, /Element 0 of the input "amount" \(FP64, shape \[1, 1\]\) is text/],
    ['a number for text', { inputs: input('device', { datatype: 'INT32', data: [1] }) }, /"device" .* cannot be INT32; send BYTES/],
    ['a shape that is no list', { inputs: input('amount', { shape: 1 as never }) }, /"shape" is a number; send an array/],
    ['a negative size', { inputs: input('amount', { shape: [-1] }) }, /"shape" of the input "amount" is not a list of sizes/],
    ['three dimensions', { inputs: input('amount', { shape: [1, 1, 1] }) }, /has 3 dimensions; send \[N\] or \[N, 1\]/],
    ['a second column', { inputs: input('amount', { shape: [1, 2], data: [1, 2] }) }, /"amount" .* is one field/],
    ['fewer elements than its shape', { inputs: input('amount', { data: [] }) }, /has 0 elements; send 1/],
    ['a different number of rows', { inputs: input('device', { shape: [2], data: ['a', 'b'] }) }, /"device" .* has 2 rows, but the first input 1/],
    ['no rows', { inputs: input('amount', { shape: [0], data: [] }) }, /has 0 rows; send 1 to 1000/],
    ['too many rows', { inputs: inputsOf(Array.from({ length: 1_001 }, () => aRow())) }, /has 1001 rows; send 1 to 1000/],
    ['an unknown input', { inputs: [...inputsOf([aRow()]), { name: 'x', datatype: 'FP64', shape: [1], data: [1] }] }, /"x" is not an input of this model; inputs are: amount/],
    ['an input twice', { inputs: [...inputsOf([aRow()]), ...inputsOf([aRow()])] }, /"amount" is sent twice/],
    ['a column left out', { inputs: inputsOf([{ amount: 1, device: 'web' }]) }, /rows\[0\]\."is_online" is missing; send true or false/],
    ['an unknown output', { inputs: inputsOf([aRow()]), outputs: [{ name: 'y' }] }, /"y" is not an output of this model; outputs are: score, decision, version, id/],
    ['shared memory', { inputs: input('amount', { parameters: { shared_memory_region: 'r' } }) }, /"shared_memory_region" is not supported/],
    ['an id that is no text', { id: 7, inputs: inputsOf([aRow()]) }, /"id" is a number; send text/],
    ['binary data without a header', { inputs: input('amount', { parameters: { binary_data_size: 8 } }) }, /has 8 bytes of data, but 0 are left after the JSON/],
    ['a negative size of binary data', { inputs: input('amount', { parameters: { binary_data_size: -8 } }) }, /"binary_data_size" of "amount" .* is not a number of bytes/],
  ]; // prettier-ignore
  for (const [what, payload, says] of refusals)
    it(`refuses ${what}, and says so in the protocol's shape`, async () => {
      const world = aServingWorld();
      const server = await aServer(world);
      const { status, body } = await post(server, 'fraud', payload);
      assert.deepEqual([status, Object.keys(body), typeof body.error], [400, ['error'], 'string']);
      assert.match(body.error, says);
      await server.shipper.ship();
      assert.equal(world.logged.size, 0);
    });

  it('refuses binary data that no input has, a length beyond the body, and a body that is not JSON', async () => {
    const server = await aServer(aServingWorld());
    const whole = JSON.stringify({ inputs: inputsOf([aRow()]) });
    for (const [payload, header, says] of [
      [`${whole}more`, String(whole.length), /4 bytes after the JSON belong to no input/],
      [whole, '1e3', /"inference-header-content-length" is not a length within the body's \d+ bytes/],
      [whole, '99999', /is not a length within/],
      [`${whole}more`, undefined, /not valid JSON/],
      ['', undefined, /body is empty/],
    ] as const) {
      const { status, body } = await post(server, 'fraud', payload, header === undefined ? {} : { [HEADER]: header });
      assert.equal(status, 400);
      assert.match(body.error, says);
    }
  });

  it('says whether server and models are live and ready, also to those without a key', async () => {
    const world = aServingWorld();
    world.add(aPipeline('churn'));
    const keys = ['a-key-of-the-test-that-is-long-enough'];
    const server = await aServer(world, { keys });
    assert.deepEqual(await get(server, '/v2/health/live'), [200, { live: true }]);
    assert.deepEqual(await get(server, '/v2/health/ready'), [200, { ready: true }]);
    const headers = { authorization: `Bearer ${keys[0]}` };
    const statusOf = async (url: string) => (await server.app.inject({ url, headers })).statusCode;
    assert.equal(await statusOf('/v2/models/fraud/ready'), 200);
    assert.equal(await statusOf('/v2/models/fraud/versions/1/ready'), 200);
    assert.equal(await statusOf('/v2/models/churn/ready'), 503);
    assert.equal(await statusOf('/v2/models/none/ready'), 404);
    const without = await server.app.inject('/v2/models/fraud/ready');
    assert.equal(without.statusCode, 401);
    assert.match(without.json().error, /authorization: Bearer/);
    assert.deepEqual(await get(await aServer(new World()), '/v2/health/ready'), [503, { ready: false }]);
  });

  it('describes server, model and configuration', async () => {
    const server = await aServer(aServingWorld());
    const [, about] = await get(server, '/v2');
    assert.deepEqual(about, {
      name: 'perennial',
      version: '2',
      extensions: ['binary_tensor_data', 'model_configuration'],
    });
    const [, model] = await get(server, '/v2/models/fraud');
    const tensor = (name: string, datatype: string) => ({ name, datatype, shape: [-1, 1] });
    assert.deepEqual(model, {
      name: 'fraud',
      versions: ['1'],
      platform: 'perennial',
      inputs: [
        tensor('amount', 'FP64'),
        tensor('distance', 'FP64'),
        tensor('device', 'BYTES'),
        tensor('is_online', 'BOOL'),
        tensor('transaction_id', 'BYTES'),
        tensor('occurred_at', 'BYTES'),
        tensor('card_id', 'BYTES'),
      ],
      outputs: [tensor('score', 'FP64'), tensor('decision', 'BOOL'), tensor('version', 'INT64'), tensor('id', 'BYTES')],
    });
    assert.deepEqual((await get(server, '/v2/models/fraud/versions/1'))[1], model);
    const [, config] = await get(server, '/v2/models/fraud/config');
    assert.deepEqual([config.name, config.max_batch_size], ['fraud', 1_000]);
    assert.deepEqual(config.input[0], { name: 'amount', data_type: 'TYPE_FP64', dims: [1], optional: false });
    assert.deepEqual(config.input[4], { name: 'transaction_id', data_type: 'TYPE_STRING', dims: [1], optional: true });
  });

  it('lists what is loaded, and why a model is not', async () => {
    const world = aServingWorld();
    world.add(aPipeline('churn'));
    const { app } = await aServer(world);
    const response = await app.inject({ method: 'POST', url: '/v2/repository/index' });
    assert.deepEqual(response.json(), [
      { name: 'fraud', version: '1', state: 'READY', reason: '' },
      { name: 'churn', version: '', state: 'UNAVAILABLE', reason: 'no version is in production yet' },
    ]);
  });

  it('answers by the version in the path if it is loaded, as arm or fallback, whatever share it has', async () => {
    const world = aServingWorld();
    world.promote(2);
    world.register(3, 3);
    world.decide(2, [{ version: 2, share: 0.99 }, { version: 3, share: 0.01 }]); // prettier-ignore
    const server = await aServer(world);
    const rows = Array.from({ length: 20 }, (_, i) => aRow({ card_id: `card ${i}` }));
    assert.deepEqual((await get(server, '/v2/models/fraud'))[1].versions, ['1', '2', '3']);
    for (const version of [1, 2, 3]) {
      const { body } = await post(server, `fraud/versions/${version}`, { inputs: inputsOf(rows) });
      assert.equal(body.model_version, String(version));
      assert.deepEqual(new Set(outputOf(body, 'version')), new Set([version]));
    }
    await server.tallying.tell();
    assert.deepEqual([world.tallyOf(2), world.tallyOf(3)], [null, null], 'no version got these rows by chance');
    for (const version of ['4', 'v2', '02']) {
      const { status, body } = await post(server, `fraud/versions/${version}`, { inputs: inputsOf(rows) });
      assert.equal(status, 404);
      assert.match(body.error, new RegExp(`fraud has no version "${version}" in service; these are: 1, 2, 3`));
    }
  });

  it('answers by the fallback when its version is in the path', async () => {
    const world = aServingWorld();
    world.promote(2);
    const server = await aServer(world);
    const { body } = await post(server, 'fraud/versions/1', { inputs: inputsOf([aRow()]) });
    assert.deepEqual([body.model_version, outputOf(body, 'version')], ['1', [1]]);
    assert.deepEqual((await get(server, '/v2/models/fraud'))[1].versions, ['1', '2']);
  });

  it('counts its requests and rows in the metrics of all predictions', async () => {
    const server = await aServer(aServingWorld());
    await post(server, 'fraud', { inputs: inputsOf([aRow(), aRow()]) });
    await post(server, 'fraud', { inputs: [] });
    await post(server, 'none', { inputs: [] });
    const { body } = await server.app.inject('/metrics');
    assert.match(body, /perennial_predictions_total\{pipeline="fraud",version="1"\} 2/);
    for (const labels of ['pipeline="fraud",version="1",status="200"', 'pipeline="fraud",version="1",status="400"', 'pipeline="unknown",version="none",status="404"'])
      assert.match(body, new RegExp(`perennial_requests_total\\{${labels}\\} 1`)); // prettier-ignore
  });

  it("answers an unknown address, and a model without a version, in the protocol's own shape", async () => {
    const world = aServingWorld();
    world.add(aPipeline('churn'));
    const server = await aServer(world);
    const [status, { error }] = await get(server, '/v2/models/fraud/stats');
    assert.equal(status, 404);
    assert.match(error, /There is no GET \/v2\/models\/fraud\/stats/);
    const waiting = await post(server, 'churn', { inputs: inputsOf([aRow()]) });
    assert.equal(waiting.status, 503);
    assert.match(waiting.body.error, /perennial run churn training/);
    const unknown = await post(server, 'none', { inputs: inputsOf([aRow()]) });
    assert.match(unknown.body.error, /no pipeline "none".*churn, fraud/);
  });
});
