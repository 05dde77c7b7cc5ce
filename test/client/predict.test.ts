import { createPredictionServer } from '../../adapters/http/prediction-server.ts';
import { folderPerTest } from '../support/folders.ts';
import { perennial } from '../support/fake-operations.ts';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';

const answer = { id: 'p1', score: 0.25, decision: false, threshold: 0.5, version: 3 };

const told = {
  reasons: [
    { field: 'amount', value: 940, effect: 0.31 },
    { field: 'device', value: 'web', effect: -0.0204 },
  ],
  typicalScore: 0.01,
};

describe('perennial predict', () => {
  const folder = folderPerTest();
  let server: Server;
  let url: string;
  let seen: { path: string; key: string | undefined; body: { rows?: unknown[] } }[];
  /** What the next requests are answered instead. */
  let refusal: { status: number; body: string } | null;
  beforeEach(async () => {
    [seen, refusal] = [[], null];
    server = createServer((request, response) => {
      let text = '';
      request.on('data', (part) => (text += part));
      request.on('end', () => {
        const body = JSON.parse(text) as { rows?: unknown[] };
        seen.push({ path: request.url!, key: request.headers.authorization, body });
        const one = request.url!.includes('reasons') ? { ...answer, ...told } : answer;
        const all = body.rows ? { predictions: body.rows.map(() => one) } : one;
        response.writeHead(refusal?.status ?? 200).end(refusal?.body ?? JSON.stringify(all));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => void server.close());

  const predict = (...line: string[]) =>
    perennial(['predict', ...line], {}, {
      predictionServer: (address = url) => createPredictionServer({ url: address, key: 'a-key' }),
    }); // prettier-ignore
  const file = (text: string): string => {
    const path = join(folder(), 'rows.json');
    writeFileSync(path, text);
    return path;
  };

  it('asks about one row, with a key, and reaches nothing else', async () => {
    const { code, out, closed } = await predict('fraud', '{"amount": 12.5}');
    assert.deepEqual({ code, closed }, { code: 0, closed: 0 });
    assert.deepEqual(seen, [{ path: '/predict/fraud', key: 'Bearer a-key', body: { amount: 12.5 } }]);
    assert.match(out, /^score +0\.25$/m);
    assert.deepEqual(JSON.parse((await predict('fraud', '{}', '--json')).out), answer);
  });

  for (const [what, text] of [
    ['a JSON array', '[{"amount": 1}, {"amount": 2}]'],
    ['one JSON object a line', '{"amount": 1}\n\n{"amount": 2}\n'],
  ] as const)
    it(`asks about the rows of a file, ${what}`, async () => {
      const { out } = await predict('fraud', '--file', file(text));
      assert.deepEqual(seen[0]!.body, { rows: [{ amount: 1 }, { amount: 2 }] });
      assert.match(out, /^score +decision +version +id\n0\.250000 +no +v3 +p1\n0\.250000/);
    });

  it('shows what the labels of estimates lie between, and no decision', async () => {
    refusal = { status: 200, body: JSON.stringify({ predictions: [{ id: 'p1', score: 13.6, low: 9.9, high: 18, version: 3 }, { id: 'p2', score: 12, version: 0 }] }) }; // prettier-ignore
    const { out } = await predict('air-quality', '--file', file('{"pm25": 1}'));
    assert.match(out, /^score +low +high +version +id\n13\.6000 +9\.90000 +18\.0000 +v3 +p1\n12\.0000 +- +- +v0 +p2/);
  });

  it('asks about many rows a thousand at a time', async () => {
    const rows = Array.from({ length: 2_500 }, (_, amount) => ({ amount }));
    const { out } = await predict('fraud', '--json', '--file', file(JSON.stringify(rows)));
    assert.deepEqual(
      seen.map(({ body }) => body.rows?.length),
      [1_000, 1_000, 500],
    );
    assert.equal((JSON.parse(out) as unknown[]).length, 2_500);
  });

  it('prints the requested reasons: what moved the score, and by how much', async () => {
    const { out } = await predict('fraud', '{"amount": 940}', '--reasons', '2');
    assert.equal(seen[0]!.path, '/predict/fraud?reasons=2');
    assert.match(out, /^typicalScore +0\.01\n\n\+0\.310 +amount +940\n-0\.0204 +device +web$/m);
    const many = await predict('fraud', '--reasons', '2', '--file', file('{"amount": 940}'));
    assert.match(many.out, /id +reasons\n.* p1 +amount \+0\.310, device -0\.0204$/m);
  });

  for (const [what, line, says] of [
    ['a number of reasons that is none', ['fraud', '{}', '--reasons', 'all'], /--reasons is "all"\. Write how many/],
    ['neither row nor file', ['fraud'], /Give one row as JSON, such as/],
    ['a row that is no JSON', ['fraud', '{amount: 1}'], /The row is not JSON: /],
    [
      'a file in the place of a row',
      ['fraud', 'rows.csv'],
      /For a file of rows: perennial predict fraud --file rows\.csv/,
    ],
    ['a file with a space in its name', ['fraud', 'my rows.csv'], /predict fraud --file "my rows\.csv"/],
    ['a file on a drive', ['fraud', 'C:\\rows.csv'], /predict fraud --file "C:\\rows\.csv"/],
    ['a row that is no object', ['fraud', '[1]'], /The row is not a JSON object/],
    ['a number in the place of a row', ['fraud', '7'], /The row is not a JSON object/],
    ['null in the place of a row', ['fraud', 'null'], /The row is not a JSON object/],
    [
      'a file that is not there',
      ['fraud', '--file', '/nowhere/rows.json'],
      /\/nowhere\/rows\.json cannot be read: ENOENT/,
    ],
  ] as const)
    it(`says what is wrong with ${what}`, async () => {
      const { code, err } = await predict(...line);
      assert.equal(code, 1);
      assert.match(err, says);
      assert.equal(seen.length, 0);
    });

  it('names the line of a file that it cannot read', async () => {
    const { err } = await predict('fraud', '--file', file('{"amount": 1}\n{"amount": \n'));
    assert.match(err, /Line 2 of .*rows\.json is not JSON/);
  });

  it('prints the server’s refusal with its code', async () => {
    const error = { code: 'NO_CHAMPION', message: 'fraud has no model in production yet.' };
    refusal = { status: 503, body: JSON.stringify({ error }) };
    const { code, err } = await predict('fraud', '{}', '--json');
    assert.deepEqual({ code, told: JSON.parse(err) }, { code: 1, told: { error } });
  });

  it('reports when no server answers, or another kind of server', async () => {
    refusal = { status: 404, body: '<html>' };
    assert.match(
      (await predict('fraud', '{}')).err,
      /What answers at .* is not a prediction server of Perennial \(status 404\)/,
    );
    const { err } = await predict('fraud', '{}', '--server', 'http://127.0.0.1:1');
    assert.match(err, /The prediction server at http:\/\/127\.0\.0\.1:1 does not answer.*npm start.*--server/);
  });
});
