import { parsePipeline, type Pipeline } from '../../../../core/declaration/pipeline.ts';
import { type PredictionServer } from '../../../../server/app.ts';
import { aPipeline, aRow, aServer, cleanUp, predict, World } from '../../fakes.ts';
import { tableFromJSON, tableToIPC } from 'apache-arrow';
import assert from 'node:assert/strict';

/** Of a declaration whose groups are kept apart from what models learn. */
const withGroups = (feature: boolean): Pipeline =>
  parsePipeline(
    {
      ...aPipeline(),
      columns: { ...aPipeline().columns, region: { kind: 'category', feature, sensitive: true } },
    },
    'the test',
  );

describe('a column that is no feature', () => {
  let world: World;
  let server: PredictionServer;
  afterEach(cleanUp);

  const serve = async (...versions: [revision: string, bias: number][]): Promise<void> => {
    world = new World();
    world.add(withGroups(false));
    world.revisions.set('fraud/before', withGroups(true));
    for (const [i, [revision, bias]] of versions.entries()) world.register(i + 1, bias, 'fraud', { revision });
    world.decide(1, [{ version: 1, share: 1 }]);
    server = await aServer(world);
  };
  const scoreOf = async (row: object): Promise<number> => {
    const { status, body } = await predict(server, row);
    assert.equal(status, 200, JSON.stringify(body));
    return body.score;
  };
  /** Answers as JSON lines. */
  const batch = async (type: string, payload: string | Buffer) => {
    const headers = { 'content-type': type, accept: 'application/x-ndjson' };
    const { body } = await server.app.inject({ method: 'POST', url: '/predict/batch/fraud', headers, payload });
    return body.trim().split('\n').map((line) => JSON.parse(line)); // prettier-ignore
  };

  it('is not needed in a row, and is ignored in one that still has it, whatever its value', async () => {
    await serve(['now', 1]);
    const score = await scoreOf(aRow());
    for (const region of ['north', null, 7, ['list']]) assert.equal(await scoreOf({ ...aRow(), region }), score);
    await server.shipper.ship();
    for (const { row } of world.logged.values()) assert.ok(!Object.hasOwn(row, 'region'));
    const refused = await predict(server, { ...aRow(), colour: 'red' });
    assert.match(JSON.stringify(refused.body), /fields are: amount, distance, device, is_online, transaction_id/);
  });

  it('is ignored in lines, tables and tensors too, and no description names it', async () => {
    await serve(['now', 1]);
    const rows = [aRow(), { ...aRow(), region: 'north' }];
    const [one, other] = await batch('application/x-ndjson', rows.map((row) => JSON.stringify(row)).join('\n')); // prettier-ignore
    assert.equal(typeof one.score, 'number');
    assert.equal(other.score, one.score);
    const table = tableToIPC(tableFromJSON([{ ...aRow(), region: 'north' }]), 'stream');
    const [ofTable] = await batch('application/vnd.apache.arrow.stream', Buffer.from(table));
    assert.equal(ofTable.score, one.score, JSON.stringify(ofTable));
    const inputs = Object.entries({ ...aRow(), region: 'north' }).map(([name, value]) => ({
      name,
      datatype: { number: 'FP64', boolean: 'BOOL', string: 'BYTES' }[typeof value as 'string'],
      shape: [1],
      data: [value],
    }));
    const answer = await server.app.inject({ method: 'POST', url: '/v2/models/fraud/infer', payload: { inputs } });
    assert.equal(answer.json().outputs[0].data[0], one.score, answer.body);
    for (const url of ['/openapi.json', '/v2/models/fraud'])
      assert.doesNotMatch((await server.app.inject(url)).body, /region/);
  });

  it('is still asked for by a version that learnt from it, until another serves', async () => {
    await serve(['before', 1], ['now', 2]);
    const { status, body } = await predict(server, aRow());
    assert.equal(status, 400);
    assert.match(body.error.message, /"region" is missing; send text/);
    const before = await scoreOf({ ...aRow({ amount: 0 }), region: 'north' });
    world.decide(2, [{ version: 2, share: 1 }]);
    await server.watch.look();
    const now = await scoreOf({ ...aRow({ amount: 0 }), region: 'north' });
    assert.ok(now > before);
    assert.equal(await scoreOf(aRow({ amount: 0 })), now);
  });
});
