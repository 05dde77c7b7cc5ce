import { isLoopback, refuseOpenDoor } from '../../server/protocols/guard/keys.ts';
import { lockFolder } from '../../server/serving/models/folder-lock.ts';
import { aFolder, aPipeline, aRow, aServer, aServingWorld, cleanUp, predict, stop, World } from './fakes.ts';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';

describe('the prediction server', () => {
  afterEach(cleanUp);

  it('is ready while it can serve something, live in any case, and reports what it serves', async () => {
    const empty = await aServer(new World());
    assert.deepEqual(
      [(await empty.app.inject('/health')).statusCode, (await empty.app.inject('/health/live')).statusCode],
      [503, 200],
    );
    const world = aServingWorld();
    world.promote(2);
    const server = await aServer(world);
    const { statusCode, body } = await server.app.inject('/health');
    assert.equal(statusCode, 200);
    const health = JSON.parse(body);
    assert.deepEqual(health.pipelines.fraud, {
      version: 2,
      shadow: null,
      fallback: 1,
      generation: 2,
      serves: 'v2',
      problem: null,
    });
    assert.equal(health.database.reachable, true);
    assert.deepEqual((await server.app.inject('/')).json().pipelines, [
      { name: 'fraud', serves: 'v2', predict: '/predict/fraud' },
    ]);
  });

  it('tells monitors for each pipeline whether its models are loaded', async () => {
    const world = new World();
    world.add();
    const server = await aServer(world);
    const ask = async () => {
      const answer = await server.app.inject('/api/v1/health');
      return [answer.statusCode, answer.json()];
    };
    const fraud = { model_loaded: false, model_version: null, problem: null };
    assert.deepEqual(await ask(), [503, { status: 'unavailable', model_loaded: false, pipelines: { fraud } }]);
    world.promote(1);
    await server.watch.look();
    const loaded = { model_loaded: true, model_version: 1, problem: null };
    assert.deepEqual(await ask(), [200, { status: 'healthy', model_loaded: true, pipelines: { fraud: loaded } }]);
    world.register(2, 2);
    world.corrupt(2);
    world.promote(2);
    await server.watch.look();
    const [status, degraded] = await ask();
    assert.deepEqual([status, degraded.status, degraded.pipelines.fraud.model_version], [200, 'degraded', 1]);
    assert.match(degraded.pipelines.fraud.problem, /^v2 could not be loaded/);
    server.draining.begin();
    assert.equal((await ask())[1].status, 'stopping');
  });

  it('counts requests by pipeline, version and status, and never by a name that a caller made up', async () => {
    const server = await aServer(aServingWorld());
    await predict(server, aRow());
    await predict(server, {});
    await predict(server, aRow(), 'made-up');
    const { body } = await server.app.inject('/metrics');
    assert.match(body, /perennial_requests_total\{pipeline="fraud",version="1",status="200"\} 1/);
    assert.match(body, /perennial_requests_total\{pipeline="fraud",version="1",status="400"\} 1/);
    assert.match(body, /perennial_requests_total\{pipeline="unknown",version="none",status="404"\} 1/);
    assert.match(body, /perennial_request_duration_seconds_bucket\{le="0.25",pipeline="fraud"\}/);
    assert.match(body, /perennial_model_generation\{pipeline="fraud"\} 1/);
    assert.doesNotMatch(body, /made-up/);
  });

  it('documents each pipeline with its own fields and an example that it answers', async () => {
    const world = aServingWorld();
    world.add(aPipeline('churn'));
    const server = await aServer(world);
    for (const url of ['/openapi.json', '/docs/json']) {
      const document = (await server.app.inject(url)).json();
      assert.ok(document.paths['/predict/churn']);
      assert.equal(document.paths['/predict/{pipeline}'], undefined);
      const { schema, examples } = document.paths['/predict/fraud'].post.requestBody.content['application/json'];
      assert.deepEqual(schema.oneOf[0].required, ['amount', 'device', 'is_online']);
      assert.deepEqual(examples.one.value, { amount: 12.35, distance: 1, device: 'phone', is_online: false });
      assert.equal((await predict(server, examples.one.value)).status, 200);
      assert.equal((await predict(server, examples.many.value)).status, 200);
    }
    assert.match((await server.app.inject('/docs')).body, /swagger-ui/);
  });

  it('documents no limit, level or median of a sensitive column, and repeats none when it refuses a row', async () => {
    const world = aServingWorld();
    const { columns, source, ...fraud } = aPipeline();
    const sensitive = Object.entries(columns).map(([name, column]) => [name, { ...column, sensitive: true }]);
    world.add({ ...fraud, source: { ...source, sensitive: ['key'] }, columns: Object.fromEntries(sensitive) });
    const server = await aServer(world);
    const { schema, examples } = (await server.app.inject('/openapi.json')).json().paths['/predict/fraud'].post
      .requestBody.content['application/json'];
    const { amount, device } = schema.oneOf[0].properties;
    assert.deepEqual(
      [amount, device],
      [{ type: 'number' }, { type: 'string', maxLength: 500, pattern: '^[^\\u0000]*$' }],
    );
    assert.deepEqual(examples.one.value, { amount: 1, distance: 1, device: 'text', is_online: false });
    for (const [row, says] of [
      [aRow({ amount: 'canary' }), '"amount" is text of 6 letters; send a finite number.'],
      [aRow({ device: 4929 }), '"device" is a number; send text.'],
      [aRow({ transaction_id: 4929.5 }), '"transaction_id" is a number; send text or a whole number'],
    ] as const)
      assert.ok((await predict(server, row)).body.error.message.startsWith(says), says);
  });

  it('documents an estimate of the label, and no decision, where the label is a number', async () => {
    const world = aServingWorld();
    const fraud = aPipeline('demand');
    world.add({ ...fraud, label: { ...fraud.label, name: 'demand', kind: 'number' } });
    const document = (await (await aServer(world)).app.inject('/openapi.json')).json();
    const answerOf = (pipeline: string) =>
      document.paths[`/predict/${pipeline}`].post.responses[200].content['application/json'].schema.oneOf[0];
    assert.deepEqual(answerOf('demand').required, ['id', 'score', 'version', 'pipeline']);
    assert.equal(answerOf('demand').properties.score.description, 'estimate of demand');
    assert.match(
      answerOf('demand').properties.low.description,
      /the low end of an interval that is to hold 0\.9 of demand/,
    );
    assert.equal(answerOf('demand').properties.decision, undefined);
    assert.equal(answerOf('fraud').properties.low, undefined);
    assert.deepEqual(answerOf('fraud').required, ['id', 'score', 'decision', 'threshold', 'version', 'pipeline']);
  });

  it('requires a key only when keys are set, and never for probes', async () => {
    const server = await aServer(aServingWorld(), { keys: ['first', 'second'] });
    const ask = async (authorization?: string) => {
      const headers = authorization === undefined ? {} : { authorization };
      const response = await server.app.inject({ method: 'POST', url: '/predict/fraud', headers, payload: aRow() });
      return [response.statusCode, response.json().error?.code];
    };
    assert.deepEqual(await ask(), [401, 'KEYS_REQUIRED']);
    assert.deepEqual(await ask('Bearer third'), [401, 'KEYS_REQUIRED']);
    assert.deepEqual(await ask('Bearer second'), [200, undefined]);
    assert.equal((await server.app.inject('/health')).statusCode, 200);
    assert.equal((await server.app.inject('/metrics')).statusCode, 401);
    assert.equal((await server.app.inject('/healthy')).statusCode, 401);
  });

  it('refuses to listen on a reachable address without keys, and odd host names in any case', async () => {
    assert.throws(() => refuseOpenDoor('0.0.0.0', []), /KEYS|PERENNIAL_API_KEYS/);
    assert.throws(() => refuseOpenDoor('::', []), { code: 'KEYS_REQUIRED' });
    refuseOpenDoor('0.0.0.0', ['key']);
    refuseOpenDoor('127.0.0.1', []);
    assert.deepEqual(['localhost', '127.0.0.9', '::1', '10.0.0.1', '127.0.0.1.evil.example'].map(isLoopback), [
      true,
      true,
      true,
      false,
      false,
    ]);
    const server = await aServer(aServingWorld());
    const strange = await server.app.inject({ url: '/', headers: { host: 'evil.example' } });
    assert.deepEqual([strange.statusCode, strange.json().error.code], [401, 'KEYS_REQUIRED']);
  });

  it('answers and logs the current requests when it stops', async () => {
    const world = aServingWorld();
    const server = await aServer(world);
    const address = new URL('/predict/fraud', await server.app.listen({ host: '127.0.0.1', port: 0 }));
    // The head arrives before the stop, the body after it began.
    const body = JSON.stringify(aRow());
    const call = request(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': body.length },
    });
    const answer = new Promise<unknown[]>((resolve, reject) => {
      call.on('response', (response) => resolve([response.resume().statusCode, response.headers.connection]));
      call.on('error', reject);
    });
    call.write(body.slice(0, 5));
    await new Promise<void>((resolve) => server.app.server.once('request', () => resolve()));
    const stopped = stop(server);
    call.end(body.slice(5));
    assert.deepEqual(await answer, [200, 'close']);
    await stopped;
    assert.equal(world.logged.size, 1);
  });

  it('does not share its data folder with a living server, and takes over from a dead one', () => {
    const folder = aFolder();
    const unlock = lockFolder(folder);
    unlock();
    // This test's parent lives, and has no known start: it stands for another server.
    writeFileSync(join(folder, 'server.lock'), JSON.stringify({ pid: process.ppid, started: 'another time' }));
    lockFolder(folder)();
    writeFileSync(join(folder, 'server.lock'), '');
    lockFolder(folder)();
  });
});
