import { parsePipeline } from '../../../../core/declaration/pipeline.ts';
import { toBinary } from '../../../../server/protocols/inference/tensors.ts';
import { longestTurn, LONGEST_TURN } from '../../../support/turns.ts';
import { aPipeline, aServer, aServingWorld, cleanUp, World } from '../../fakes.ts';
import assert from 'node:assert/strict';

const MIB = 2 ** 20;
const [ROWS, COLUMNS] = [1_000, 250];
const names = ['amount', ...Array.from({ length: COLUMNS - 1 }, (_, i) => `column_${i}`)];
const elements = Array.from({ length: ROWS * COLUMNS }, (_, i) => i / 7);
const matrix = { name: 'features', datatype: 'FP64', shape: [ROWS, COLUMNS] } as const;

/** The largest requests: as JSON, nearly the largest body. */
const requests: Record<string, () => { header?: string; payload: Buffer }> = {
  'a tensor per column, in JSON': () => {
    const data = Array.from({ length: ROWS }, (_, i) => i + 0.123456789);
    const inputs = names.map((name) => ({ name, datatype: 'FP64', shape: [ROWS], data }));
    return { payload: Buffer.from(JSON.stringify({ inputs })) };
  },
  'a matrix, in JSON': () => ({
    payload: Buffer.from(JSON.stringify({ inputs: [{ ...matrix, data: elements.map(Math.round) }] })),
  }),
  'a matrix, in binary data': () => {
    const data = toBinary({ ...matrix, elements });
    const json = JSON.stringify({ inputs: [{ ...matrix, parameters: { binary_data_size: data.length } }] });
    return { header: String(json.length), payload: Buffer.concat([Buffer.from(json), data]) };
  },
};

describe('a request of a thousand rows in the Open Inference Protocol', () => {
  afterEach(cleanUp);

  for (const [what, request] of Object.entries(requests))
    it(`of ${what} is answered, and delays nobody meanwhile`, async () => {
      const columns = Object.fromEntries(names.map((name) => [name, { kind: 'number' }]));
      const world = new World();
      world.add(parsePipeline({ ...aPipeline(), columns }, 'the test'));
      world.promote(1);
      const { app } = await aServer(world);
      const { header, payload } = request();
      assert.ok(payload.length > MIB && payload.length < 4 * MIB, `${payload.length} bytes`);
      const turns: number[] = [];
      for (let i = 0; i < 3; i++)
        turns.push(
          await longestTurn(async () => {
            const response = await app.inject({
              method: 'POST',
              url: '/v2/models/fraud/infer',
              headers: header === undefined ? {} : { 'inference-header-content-length': header },
              payload,
            });
            assert.equal(response.statusCode, 200, response.body);
            assert.equal(response.json().outputs[0].data.length, ROWS);
          }),
        );
      assert.ok(Math.min(...turns) < LONGEST_TURN, turns.join(', '));
    });

  for (const [what, payload] of Object.entries({
    'a million NaN': `[${'NaN,'.repeat(MIB - 2)}NaN]`,
    'a text of escapes beside NaN': `["${'\\"'.repeat(2 * MIB - 20)}", NaN]`,
    'arrays in arrays': '['.repeat(4 * MIB),
  }))
    it(`is refused if its body is ${what}, and delays nobody`, async () => {
      const { app } = await aServer(aServingWorld());
      const turns: number[] = [];
      for (let i = 0; i < 3; i++)
        turns.push(
          await longestTurn(async () => {
            const { statusCode } = await app.inject({ method: 'POST', url: '/v2/models/fraud/infer', payload });
            assert.equal(statusCode, 400);
          }),
        );
      assert.ok(Math.min(...turns) < LONGEST_TURN, turns.join(', '));
    });
});
