import { parsePipeline, type Pipeline } from '../../../../core/declaration/pipeline.ts';
import { compileValidator } from '../../../../server/serving/rows/validate-row.ts';
import { aPipeline, aServer, cleanUp, World } from '../../fakes.ts';
import assert from 'node:assert/strict';

const names = ['Amount', 'amount', '_key', '_label', 'unit price', 'say "hi"', 'größe', 'constructor', 'toString', '7'];
const declared = (): Pipeline =>
  parsePipeline(
    {
      ...aPipeline(),
      source: { ...aPipeline().source, key: 'Row Id', entity: 'hasOwnProperty' },
      columns: Object.fromEntries(names.map((name) => [name, { kind: 'number' }])),
    },
    'the test',
  );
const row = (): Record<string, number> => Object.fromEntries(names.map((name, i) => [name, i]));

describe('rows with fields of odd names', () => {
  afterEach(cleanUp);

  it('are read field by field, and names that differ only in case are two fields', () => {
    const valid = compileValidator(declared(), [])({ ...row(), 'Row Id': 'r1', hasOwnProperty: 'e1' }, 0, null);
    assert.deepEqual([valid.row, valid.key, valid.entity], [row(), 'r1', 'e1']);
  });

  it('lack a field that every object inherits when the client did not send it', () => {
    const { constructor: _, ...without } = row();
    assert.throws(
      () => compileValidator(declared(), [])(without, 0, null),
      /"constructor" is missing; send a finite number/,
    );
    assert.equal(compileValidator(declared(), [])(row(), 0, null).entity, null);
  });

  it('are described to clients by their real names', async () => {
    const world = new World();
    world.add(declared());
    const { app } = await aServer(world);
    const { paths } = (await app.inject('/openapi.json')).json();
    const [{ properties, required }] =
      paths['/predict/fraud'].post.requestBody.content['application/json'].schema.oneOf;
    for (const name of names) assert.deepEqual(properties[name], { type: 'number' });
    assert.deepEqual(new Set(required), new Set(names));
  });
});
