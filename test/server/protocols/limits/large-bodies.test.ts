import { parsePipeline, type Pipeline } from '../../../../core/declaration/pipeline.ts';
import { longestTurn, LONGEST_TURN } from '../../../support/turns.ts';
import { aPipeline, aRow, aServer, aServingWorld, cleanUp, predict, World } from '../../fakes.ts';
import { type Operations } from '../../../../operations/index.ts';
import assert from 'node:assert/strict';

const MIB = 2 ** 20;
const FULL = 4 * MIB - 100;
const many = (count: number, one: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => one(i)).join(',');

/** Bodies that a caller makes to keep the server busy, none larger than it takes. */
const hostile: Record<string, string> = {
  'arrays in arrays': '['.repeat(FULL / 2) + ']'.repeat(FULL / 2),
  'arrays in arrays, 5,000 deep': `{"amount":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
  'objects in objects': '{"a":'.repeat(FULL / 6),
  '200,000 unknown fields': `{${many(200_000, (i) => `"field${i}":1`)}}`,
  'rows of unknown fields': `{"rows":[${many(1_000, (r) => `{${many(90, (i) => `"f${r}_${i}":1`)}}`)}]}`,
  'empty arrays': `[${many(1_000, () => `[${many(1_300, () => '[]')}]`)}]`,
  'a text of 4 MiB': `{"device":"${'x'.repeat(FULL - 20)}"}`,
  'a text of escapes': `{"device":"${'\\"'.repeat(FULL / 2 - 20)}"}`,
  'a field named by 4 MiB': `{"${'x'.repeat(FULL - 20)}":1}`,
  'a field of 4 MiB beside the rows': `{"rows":[{}],"${'x'.repeat(FULL - 40)}":1}`,
  'no JSON at all': '"'.repeat(FULL),
};

describe('a body of up to 4 MiB', () => {
  afterEach(cleanUp);

  for (const [what, payload] of Object.entries(hostile))
    it(`of ${what} is refused with a message, and delays nobody`, async () => {
      const server = await aServer(aServingWorld());
      assert.ok(payload.length <= 4 * MIB);
      const turns: number[] = [];
      for (let i = 0; i < 3; i++)
        turns.push(
          await longestTurn(async () => {
            const { status, body } = await predict(server, payload);
            assert.equal(status, 400);
            assert.equal(body.error.code, 'REQUEST_INVALID');
            assert.ok(JSON.stringify(body).length < 1_500, `${JSON.stringify(body).length} characters`);
          }),
        );
      assert.ok(Math.min(...turns) < LONGEST_TURN, turns.join(', '));
    });

  it('of a thousand rows is answered, and delays nobody meanwhile', async () => {
    const { candidates: _, ...declared } = aPipeline();
    const wide = Object.fromEntries(Array.from({ length: 240 }, (__, i) => [`column_${i}`, { kind: 'number' }]));
    const pipeline: Pipeline = parsePipeline(
      { ...declared, columns: { ...declared.columns, ...wide }, candidates: [{ kind: 'logistic', name: 'logistic' }] },
      'the test',
    );
    const world = new World();
    world.add(pipeline);
    world.promote(1);
    const server = await aServer(world);
    const values = Object.fromEntries(Object.keys(wide).map((name, i) => [name, i]));
    const payload = { rows: Array.from({ length: 1_000 }, (__, i) => aRow({ ...values, amount: i })) };
    assert.ok(JSON.stringify(payload).length > 3.5 * MIB);
    const turns: number[] = [];
    for (let i = 0; i < 3; i++)
      turns.push(
        await longestTurn(async () => {
          const { status, body } = await predict(server, JSON.stringify(payload));
          assert.equal(status, 200);
          assert.equal(body.predictions.length, 1_000);
        }),
      );
    assert.ok(Math.min(...turns) < LONGEST_TURN, turns.join(', '));
  });
});

describe('a form', () => {
  afterEach(cleanUp);

  for (const url of ['/login', '/actions/promote'])
    it(`to ${url} is small, or refused unread`, async () => {
      const key = 'a-key-of-the-test-that-is-long-enough';
      const { app } = await aServer(aServingWorld(), { keys: [key], operations: { as: () => ({}) as Operations } });
      for (const type of ['application/json', 'application/x-www-form-urlencoded']) {
        const headers = { 'content-type': type, authorization: `Bearer ${key}` };
        const answer = await app.inject({ method: 'POST', url, headers, payload: `{"key":${'['.repeat(9_000)}` });
        assert.equal(answer.statusCode, 413, answer.body);
      }
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
      const nested = `{"key":${'['.repeat(2_000)}${']'.repeat(2_000)}}`;
      const answer = await app.inject({ method: 'POST', url, headers, payload: nested });
      assert.equal(answer.statusCode, 400);
      assert.match(answer.json().error.message, /nested more than 8 deep/);
    });

  it('or an address with text that no database holds is refused', async () => {
    const { app } = await aServer(aServingWorld(), { operations: { as: () => ({}) as Operations } });
    for (const url of ['/pipelines/a%00b', '/pipelines/fraud/versions/1%00', '/actions/promote?pipeline=a%00b'])
      assert.equal((await app.inject({ url })).statusCode, 400, url);
    for (const payload of ['{"pipeline":"fraud","version":"1","reason":"a\\u0000b"}', '{"reason":"\\udc00"}']) {
      const headers = { 'content-type': 'application/json' };
      const answer = await app.inject({ method: 'POST', url: '/actions/promote', headers, payload });
      assert.deepEqual([answer.statusCode, answer.json().error.code], [400, 'REQUEST_INVALID']);
      assert.match(answer.json().error.message, /"reason" contains a character that is not valid text/);
    }
  });

  it('to /login with a key that is not text is refused', async () => {
    const { app } = await aServer(aServingWorld(), { keys: ['a-key-of-the-test-that-is-long-enough'] });
    const answer = await app.inject({ method: 'POST', url: '/login', payload: { key: ['a'], next: { a: 1 } } });
    assert.equal(answer.statusCode, 401);
  });
});
