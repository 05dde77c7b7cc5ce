import { aServer, aServingWorld, cleanUp, World, aPipeline } from '../../fakes.ts';
import { counted, sendingTo } from './sent-facts.ts';
import assert from 'node:assert/strict';

const OBSERVED = '2026-02-20T08:00:00.000Z';

describe('numbers sent to the server', () => {
  afterEach(cleanUp);

  const scene = sendingTo('outcomes');
  const aNumber = (key: string | number, value: unknown = 9.5, name: unknown = 'revenue', observed_at = OBSERVED) => ({
    name,
    key,
    value,
    observed_at,
  });

  it('are recorded one by one or many at a time, each once, however late', async () => {
    const { world, send } = await scene();
    assert.deepEqual((await send(aNumber('t-1'))).body, counted(1, 1));
    assert.deepEqual((await send(aNumber('t-1'))).body, counted(1, 0));
    const many = Array.from({ length: 1_000 }, (_, i) => aNumber(i, -i));
    assert.deepEqual((await send({ outcomes: many })).body, counted(1_000, 1_000));
    assert.deepEqual(
      (await send({ outcomes: [...many.slice(0, 3), aNumber('t-1', 1, 'clicks')] })).body,
      counted(4, 1),
    );
    assert.deepEqual((await send(aNumber('old', 1, 'clicks', '2001-01-01'))).body, counted(1, 1));
    const [first] = world.outcomes.values();
    assert.deepEqual(first, { name: 'revenue', key: 't-1', value: 9.5, observedAt: OBSERVED });
  });

  it('may come before any model serves the pipeline', async () => {
    const world = new World();
    world.add(aPipeline('load'));
    const { send } = await scene(world);
    assert.equal((await send(aNumber('t-1'), 'load')).status, 200);
    assert.deepEqual([(await send(aNumber('t-1'), 'nothing')).status], [404]);
  });

  it('are refused when one is wrong, each by its place and without its value, and none is recorded', async () => {
    const { world, send } = await scene();
    const wrong = [
      aNumber('good'),
      aNumber('k', 1, 'secret name'),
      aNumber('k', 1, 7),
      aNumber('k', 1, 'label'),
      aNumber('k', 1, 'errors'),
      aNumber('k', '12'),
      aNumber('k', true),
      aNumber('', 1),
      aNumber('k', 1, 'revenue', '2030-01-01'),
      { name: 'revenue', key: 'k', value: 1 },
      { ...aNumber('k'), secret: 1 },
      null,
    ];
    const { status, body } = await send({ outcomes: wrong });
    assert.equal(status, 400);
    assert.match(
      body.error.message,
      /^outcomes\[1\]\.name is not a name for a number; begin with a letter.*Nothing was recorded\.$/,
    );
    const problems = body.error.problems as { row: number; field: string | null }[];
    assert.deepEqual(
      problems.map(({ row, field }) => [row, field]),
      [[1, 'name'], [2, 'name'], [3, 'name'], [4, 'name'], [5, 'value'], [6, 'value'], [7, 'key'], [8, 'observed_at'], [9, 'observed_at'], [10, null], [11, null]], // prettier-ignore
    );
    assert.doesNotMatch(JSON.stringify(body), /secret name|"12"/);
    assert.equal(world.outcomes.size, 0);
    for (const payload of [{ outcomes: [] }, { outcomes: 'all' }, { outcomes: [aNumber('k')], more: 1 }])
      assert.equal((await send(payload)).status, 400);
  });

  it('are refused for now while the database is away, so that their sender tries again', async () => {
    const { world, send } = await scene();
    world.databaseUp = false;
    const { status, headers, body } = await send(aNumber('t-1'));
    assert.deepEqual([status, body.error.code], [503, 'DATABASE_UNREACHABLE']);
    assert.ok(headers['retry-after']);
  });

  it('need the scope "label"', async () => {
    const keys = ['a-predicting-key-of-24-letters'];
    const { app } = await aServer(aServingWorld(), { keys });
    const answer = await app.inject({ method: 'POST', url: '/outcomes/fraud', payload: aNumber('t-1') });
    assert.equal(answer.statusCode, 401);
    const [route] = app.accessOf.filter(({ url }) => url.startsWith('/outcomes/'));
    assert.equal(route?.access, 'label');
  });
});
