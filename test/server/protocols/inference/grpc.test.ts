import { type PredictionServer } from '../../../../server/app.ts';
import { fixedDatatypes, type DatatypeName } from '../../../../server/protocols/inference/datatypes.ts';
import { toBinary } from '../../../../server/protocols/inference/tensors.ts';
import { usualWork } from '../../../../server/protocols/limits/shedding.ts';
import { aKey, storedKeys, textOf } from '../../access/keys.ts';
import { aPipeline, aRow, aServer, aServingWorld, cleanUp, predict, World } from '../../fakes.ts';
import { grpcClient, type GrpcClient } from './grpc-client.ts';
import grpc from '@grpc/grpc-js';
import assert from 'node:assert/strict';

const KEY = 'a-key-of-the-test-that-is-long-enough';
const { status } = grpc;

interface Output {
  name: string;
  datatype: DatatypeName;
  shape: number[];
  contents: Record<string, unknown[]> | null;
}

describe('the Open Inference Protocol over gRPC', () => {
  const clients: GrpcClient[] = [];
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await cleanUp();
  });

  /** Asks a server; an error has a code and details. */
  async function connect(server: PredictionServer, key?: string) {
    const port = await server.grpc.listen('127.0.0.1', 0);
    const client = grpcClient(port, key);
    clients.push(client);
    return client.ask;
  }

  const inputs = [
    { name: 'amount', datatype: 'FP64', shape: [2, 1], contents: { fp64_contents: [3, -3] } },
    { name: 'distance', datatype: 'FP32', shape: [2, 1], contents: { fp32_contents: [1, NaN] } },
    {
      name: 'device',
      datatype: 'BYTES',
      shape: [2, 1],
      contents: { bytes_contents: ['phone', 'web'].map(Buffer.from) },
    },
    { name: 'is_online', datatype: 'BOOL', shape: [2, 1], contents: { bool_contents: [true, false] } },
    {
      name: 'transaction_id',
      datatype: 'INT64',
      shape: [2, 1],
      contents: { int64_contents: ['9007199254740993', '2'] },
    },
  ];
  const raw = {
    inputs: inputs.map(({ contents: _contents, ...input }) => input),
    raw_input_contents: [
      Buffer.from(Float64Array.from([3, -3]).buffer),
      Buffer.from(Float32Array.from([1, NaN]).buffer),
      toBinary({ name: '', datatype: 'BYTES', shape: [2], elements: ['phone', 'web'] }),
      Buffer.from([1, 0]),
      Buffer.from(BigInt64Array.from([9_007_199_254_740_993n, 2n]).buffer),
    ],
  };
  const fraud = (request: object) => ({ model_name: 'fraud', id: 'request-7', ...request });

  it('tells who asks whether data is fresh, as the header over HTTP does', async () => {
    const newestData = async () => [{ pipeline: 'fraud', asOf: '2026-02-27T02:00:00.000Z' }];
    const server = await aServer(aServingWorld(), { newestData });
    await server.app.ready();
    const client = grpcClient(await server.grpc.listen('127.0.0.1', 0));
    clients.push(client);
    const told = async (method: string, request: object, sent: Record<string, string>) =>
      (await client.metadataOf(method, request, sent))['perennial-freshness'];
    const asked = { 'perennial-freshness': 'tell' };
    assert.match(String(await told('ModelInfer', fraud({ inputs }), asked)), /^stale; as-of=2026-02-27T02:00Z; due=/);
    assert.match(String(await told('ModelReady', { name: 'fraud' }, asked)), /^stale; /);
    assert.equal(await told('ModelInfer', fraud({ inputs }), {}), undefined);
    assert.equal(await told('ModelReady', { name: 'unknown' }, asked), undefined);
  });

  it('answers and logs the same as POST /predict, for contents and for raw contents', async () => {
    const world = aServingWorld();
    const server = await aServer(world);
    const ask = await connect(server);
    const plain = await predict(server, { rows: [aRow({ amount: 3 }), aRow({ amount: -3 })] });
    const scores = plain.body.predictions.map(({ score }: { score: number }) => score);

    const answer = await ask('ModelInfer', fraud({ inputs }));
    assert.deepEqual([answer.model_name, answer.model_version, answer.id], ['fraud', '1', 'request-7']);
    const [score, decision, version, id] = answer.outputs as Output[];
    assert.deepEqual([score!.datatype, score!.shape, score!.contents!['fp64_contents']], ['FP64', [2, 1], scores]);
    assert.deepEqual(decision!.contents!['bool_contents'], [true, false]);
    assert.deepEqual(version!.contents!['int64_contents'], [1, 1]);
    assert.match(String(id!.contents!['bytes_contents']![0]), /^[\da-f-]{36}$/);

    const binary = await ask('ModelInfer', fraud(raw));
    assert.deepEqual(
      binary.outputs.map(({ contents }: Output) => contents),
      [null, null, null, null],
    );
    const [bytes] = binary.raw_output_contents as Buffer[];
    assert.deepEqual(
      [0, 8].map((at) => fixedDatatypes.FP64.read(bytes!, at)),
      scores,
    );

    await server.shipper.ship();
    const logged = [...world.logged.values()].slice(2).map(({ key, row }) => [key, row['device'], row['distance'], row['is_online']]); // prettier-ignore
    const expected = [['9007199254740993', 'phone', 1, true], ['2', 'web', null, false]]; // prettier-ignore
    assert.deepEqual(logged, [...expected, ...expected]);
  });

  it('answers the requested outputs by the named version', async () => {
    const world = aServingWorld();
    world.promote(2);
    const ask = await connect(await aServer(world));
    const outputs = [{ name: 'version' }];
    for (const version of ['1', '2']) {
      const answer = await ask('ModelInfer', fraud({ inputs, outputs, model_version: version }));
      assert.equal(answer.model_version, version);
      assert.deepEqual(answer.outputs.map((output: Output) => output.contents!['int64_contents']), [[Number(version), Number(version)]]); // prettier-ignore
    }
  });

  it('describes server, models and configuration as over REST', async () => {
    const world = aServingWorld();
    world.add(aPipeline('churn'));
    const server = await aServer(world);
    const ask = await connect(server);
    const rest = async (url: string) => (await server.app.inject(url)).json();
    assert.deepEqual(await ask('ServerLive'), { live: true });
    assert.deepEqual(await ask('ServerMetadata'), await rest('/v2'));
    assert.deepEqual(await ask('ModelMetadata', { name: 'fraud' }), await rest('/v2/models/fraud'));
    const { config } = await ask('ModelConfig', { name: 'fraud', version: '1' });
    assert.deepEqual({ ...config, input: [] }, { ...(await rest('/v2/models/fraud/config')), input: [] });
    assert.deepEqual(config.input[1], { name: 'distance', data_type: 'TYPE_FP64', dims: [1], optional: true });
    const { models } = await ask('RepositoryIndex');
    assert.deepEqual(models.map(({ name, state }: { name: string; state: string }) => [name, state]), [['fraud', 'READY'], ['churn', 'UNAVAILABLE']]); // prettier-ignore
    for (const [name, version, ready] of [
      ['fraud', '', true],
      ['fraud', '1', true],
      ['fraud', '2', false],
      ['churn', '', false],
      ['none', '', false],
    ] as const)
      // prettier-ignore
      assert.deepEqual(await ask('ModelReady', { name, version }), { ready }, `${name} ${version}`);
  });

  const [amount, ...others] = inputs as [(typeof inputs)[0], ...typeof inputs];
  const refusals: [string, object, grpc.status, RegExp][] = [
    ['an unknown model', { model_name: 'none', inputs }, status.NOT_FOUND, /no pipeline "none"/],
    ['a version that is not loaded', { model_version: '7', inputs }, status.NOT_FOUND, /no version "7" in service; these are: 1/],
    ['a model without a version', { model_name: 'churn', inputs }, status.UNAVAILABLE, /perennial run churn training/],
    ['no inputs', {}, status.INVALID_ARGUMENT, /"inputs" is empty/],
    ['an unknown datatype', { inputs: [{ ...amount, datatype: 'BF16' }] }, status.INVALID_ARGUMENT, /"amount" is "BF16"; send one of BOOL/],
    ['a negative size', { inputs: [{ ...amount, shape: [-1] }] }, status.INVALID_ARGUMENT, /is not a list of sizes/],
    ['contents of another datatype', { inputs: [{ ...amount, contents: { fp32_contents: [3, -3] } }] }, status.INVALID_ARGUMENT, /has 0 elements; send 2/],
    ['text that is not UTF-8', { inputs: [{ ...others[1]!, contents: { bytes_contents: [Buffer.from([0xff]), Buffer.from('a')] } }] }, status.INVALID_ARGUMENT, /Element 0 .* not text in UTF-8/],
    ['fewer raw contents than inputs', { ...raw, raw_input_contents: raw.raw_input_contents.slice(1) }, status.INVALID_ARGUMENT, /"raw_input_contents" has 4 items, but there are 5 inputs/],
    ['raw contents beside contents', { ...raw, inputs }, status.INVALID_ARGUMENT, /has contents and raw contents/],
    ['short raw contents', { ...raw, raw_input_contents: raw.raw_input_contents.with(0, Buffer.alloc(15)) }, status.INVALID_ARGUMENT, /has 15 bytes of data; send 16/],
    ['a column left out', { inputs: others }, status.INVALID_ARGUMENT, /rows\[0\]\."amount" is missing/],
    ['shared memory', { inputs: [{ ...amount, parameters: { shared_memory_region: { string_param: 'r' } } }] }, status.INVALID_ARGUMENT, /"shared_memory_region" is not supported/],
    ['an unknown output', { inputs, outputs: [{ name: 'y' }] }, status.INVALID_ARGUMENT, /"y" is not an output/],
    ['a message beyond the limit', { ...raw, raw_input_contents: [Buffer.alloc(5_000_000)] }, status.RESOURCE_EXHAUSTED, /larger than max/],
  ]; // prettier-ignore
  for (const [what, request, code, details] of refusals)
    it(`refuses ${what} with ${status[code]}`, async () => {
      const world = aServingWorld();
      world.add(aPipeline('churn'));
      const ask = await connect(await aServer(world));
      await assert.rejects(ask('ModelInfer', fraud(request)), { code, details });
    });

  it('needs a key as HTTP does, except for probes', async () => {
    const server = await aServer(aServingWorld(), { keys: [KEY] });
    const ask = await connect(server);
    assert.deepEqual([await ask('ServerLive'), await ask('ServerReady')], [{ live: true }, { ready: true }]);
    for (const method of [
      'ServerMetadata',
      'ModelReady',
      'ModelMetadata',
      'ModelConfig',
      'RepositoryIndex',
      'ModelInfer',
    ])
      await assert.rejects(ask(method), { code: status.UNAUTHENTICATED, details: /authorization: Bearer KEY/ }, method);
    await assert.rejects((await connect(server, `${KEY}s`))('ModelInfer', fraud({ inputs })), {
      code: status.UNAUTHENTICATED,
      details: /does not know the key/,
    });
    assert.equal((await (await connect(server, KEY))('ModelInfer', fraud({ inputs }))).model_version, '1');
  });

  it('answers a key within its scopes and its pipelines', async () => {
    const keys = [
      aKey({ name: 'shop', scopes: ['predict'], pipelines: ['fraud'] }),
      aKey({ name: 'billing', scopes: ['predict'], pipelines: ['churn'] }),
      aKey({ name: 'reader', scopes: ['read'] }),
    ];
    const server = await aServer(aServingWorld(), { keys: [KEY], storedKeys: storedKeys(keys) });
    await server.app.ready();
    const withKeyOf = (name: string) => connect(server, textOf(name));
    assert.equal((await (await withKeyOf('shop'))('ModelInfer', fraud({ inputs }))).model_version, '1');
    for (const [name, details] of [
      ['billing', /The key of billing is only for: churn/],
      ['reader', /GRPCInferenceService\/Model\w+ needs the scope "predict"; reader has only: read/],
    ] as const) {
      const ask = await withKeyOf(name);
      await assert.rejects(ask('ModelInfer', fraud({ inputs })), { code: status.PERMISSION_DENIED, details });
      await assert.rejects(ask('ModelMetadata', { name: 'fraud' }), { code: status.PERMISSION_DENIED, details });
    }
  });

  it('is refused while the process has as much work as it takes', async () => {
    const ask = await connect(await aServer(aServingWorld(), { work: { ...usualWork, requests: 0 } }));
    await assert.rejects(ask('ModelInfer', fraud({ inputs })), { code: status.UNAVAILABLE, details: /server is busy/ });
    assert.deepEqual(await ask('ServerReady'), { ready: true });
  });

  it('shares the limit of a key, and the metrics, with HTTP', async () => {
    const server = await aServer(aServingWorld(), { predictionsPerMinute: 3 });
    const ask = await connect(server);
    assert.equal((await predict(server, aRow())).status, 200);
    await ask('ModelInfer', fraud({ inputs }));
    await assert.rejects(ask('ModelInfer', fraud({})), { code: status.INVALID_ARGUMENT });
    await assert.rejects(ask('ModelInfer', fraud({ inputs })), {
      code: status.RESOURCE_EXHAUSTED,
      details: /More than 3 requests .* Try again in \d+ s/,
    });
    assert.equal((await predict(server, aRow())).status, 429);
    const { body } = await server.app.inject('/metrics');
    assert.match(body, /perennial_predictions_total\{pipeline="fraud",version="1"\} 3/);
    for (const [version, code, count] of [['1', 200, 2], ['1', 400, 1], ['none', 429, 2]] as const) // prettier-ignore
      assert.match(body, new RegExp(`perennial_requests_total\\{pipeline="fraud",version="${version}",status="${code}"\\} ${count}`)); // prettier-ignore
  });

  it('is not ready while it stops, finishes current calls, and accepts none afterwards', async () => {
    const server = await aServer(aServingWorld());
    const ask = await connect(server);
    assert.deepEqual(await ask('ServerReady'), { ready: true });
    server.draining.begin();
    assert.deepEqual(await ask('ServerReady'), { ready: false });
    const underWay = ask('ModelInfer', fraud({ inputs }));
    await ask('ServerLive'); // came later on the same connection, so the other has arrived
    await server.app.close();
    assert.equal((await underWay).model_version, '1');
    await assert.rejects(ask('ServerLive'), { code: status.UNAVAILABLE });
    assert.deepEqual(await (await connect(await aServer(new World())))('ServerReady'), { ready: false });
  });

  it('names the setting when it cannot listen', async () => {
    const server = await aServer(aServingWorld());
    const port = await server.grpc.listen('127.0.0.1', 0);
    const other = await aServer(aServingWorld());
    await assert.rejects(
      other.grpc.listen('127.0.0.1', port),
      /Nothing can listen for gRPC on 127\.0\.0\.1:\d+: .*PERENNIAL_GRPC_PORT/,
    );
  });
});
