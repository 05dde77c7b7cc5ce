import { aServer, aServingWorld, cleanUp, aPipeline, World } from '../../fakes.ts';
import { counted, sendingTo } from './sent-facts.ts';
import assert from 'node:assert/strict';

const OBSERVED = '2026-02-20T08:00:00.000Z';

describe('labels sent to the server', () => {
  afterEach(cleanUp);

  const scene = sendingTo('labels');
  const aLabel = (key: string | number, value: unknown = 1, observed_at = OBSERVED) => ({ key, value, observed_at });

  it('are recorded one by one or many at a time, and each once', async () => {
    const { world, send } = await scene();
    assert.deepEqual((await send(aLabel('t-1'))).body, counted(1, 1));
    assert.deepEqual((await send(aLabel('t-1', true))).body, counted(1, 0));
    const many = Array.from({ length: 1_000 }, (_, i) => aLabel(i, i % 2));
    assert.deepEqual((await send({ labels: many })).body, counted(1_000, 1_000));
    assert.deepEqual((await send({ labels: [...many.slice(0, 3), aLabel('t-2', 0)] })).body, counted(4, 1));
    assert.deepEqual((await send({ labels: [aLabel('t-3', 0), aLabel('t-3')] })).body, counted(2, 1));
    assert.equal([...world.labels.values()].at(-1)!.value, 1, 'the last value counts');
    assert.deepEqual([...world.labels.values()][0], { key: 't-1', value: 1, observedAt: OBSERVED });
  });

  it('may come before any model serves the pipeline, and be numbers where the label is one', async () => {
    const world = new World();
    const { label, gates, ...others } = aPipeline('load');
    world.add({ ...others, label: { ...label, kind: 'number' }, gates });
    const { send } = await scene(world);
    assert.equal((await send(aLabel('t-1', -12.5), 'load')).status, 200);
    assert.equal((await send(aLabel('t-1', true), 'load')).body.error.field, 'value');
    const large = (await send(aLabel('t-2', -1e155), 'load')).body.error.message;
    assert.match(large, /^value is beyond 1e\+150 in size; leave out what is unknown/);
  });

  it('are names where the label is one of several classes, and others are refused by those that there are', async () => {
    const world = new World();
    const { label, gates, ...others } = aPipeline('urgency');
    world.add({ ...others, label: { ...label, kind: 'class', classes: ['low', 'mid', 'high'] }, gates });
    const { send } = await scene(world);
    assert.equal((await send(aLabel('t-1', 'high'), 'urgency')).status, 200);
    assert.equal([...world.labels.values()][0]!.value, 2, 'a label is stored as the place of its class');
    const unknown = await send({ labels: [aLabel('t-2', 'low'), aLabel('t-3', 'secret')] }, 'urgency');
    assert.equal(unknown.status, 400);
    assert.equal(
      unknown.body.error.message,
      'labels[1].value is none of the classes; send one of low, mid, high. Nothing was recorded.',
    );
    for (const place of [2, true, null]) assert.equal((await send(aLabel('t-4', place), 'urgency')).status, 400);
    assert.equal(world.labels.size, 1);
  });

  it('are refused when one is wrong, each by its place, and none of the request is recorded', async () => {
    const { world, send } = await scene();
    const wrong = [
      aLabel('good'),
      aLabel('secret-key', 2),
      aLabel('k', 'secret-value'),
      aLabel('', 1),
      { key: 'k', value: 1 },
      aLabel('k', 1, '2026-13-01'),
      aLabel('k', 1, '2026-03-02T12:00:00Z'),
      { ...aLabel('k'), secret: 1 },
      null,
      aLabel('x'.repeat(501)),
      aLabel('\u0000'),
    ];
    const { status, body } = await send({ labels: wrong });
    assert.equal(status, 400);
    assert.equal(body.error.message, 'labels[1].value is a number; send 0 or 1. Nothing was recorded.');
    assert.deepEqual(
      body.error.problems.map(({ row, field }: { row: number; field: string | null }) => [row, field]),
      [[1, 'value'], [2, 'value'], [3, 'key'], [4, 'observed_at'], [5, 'observed_at'], [6, 'observed_at'], [7, null], [8, null], [9, 'key'], [10, 'key']], // prettier-ignore
    );
    assert.doesNotMatch(JSON.stringify(body), /secret/);
    assert.equal(world.labels.size, 0);
    assert.match((await send(aLabel('k', null))).body.error.message, /^value is null; send 0 or 1/);
    for (const labels of [[], {}, 'x', Array.from({ length: 1_001 }, (_, i) => aLabel(i))])
      assert.equal((await send({ labels })).status, 400);
    assert.equal((await send(aLabel('k'), 'nothing')).status, 404);
  });

  it('are refused for now while the database is down, so that their sender tries again', async () => {
    const { world, send } = await scene();
    world.databaseUp = false;
    const { status, headers, body } = await send(aLabel('t-1'));
    assert.deepEqual([status, headers['retry-after'], body.error.code], [503, '5', 'DATABASE_UNREACHABLE']);
    world.databaseUp = true;
    assert.equal((await send(aLabel('t-1'))).body.new, 1);
  });

  it('need a key with the scope for labels', async () => {
    const { app } = await aServer(aServingWorld(), { keys: ['first'] });
    const answer = await app.inject({ method: 'POST', url: '/labels/fraud', payload: aLabel('t-1') });
    assert.equal(answer.statusCode, 401);
    const [route] = app.accessOf.filter(({ url }) => url.startsWith('/labels/'));
    assert.equal(route?.access, 'label');
  });
});
