import { parsePipeline, type PipelineInput } from '../../../../core/declaration/pipeline.ts';
import { type PredictionServer } from '../../../../server/app.ts';
import {
  fixedDatatypes,
  numberDatatypes,
  type DatatypeName,
} from '../../../../server/protocols/inference/datatypes.ts';
import { grpcClient, type GrpcClient } from '../../protocols/inference/grpc-client.ts';
import { aPipeline, aRow, aServer, cleanUp, predict, until, World } from '../../fakes.ts';
import assert from 'node:assert/strict';

type Values = NonNullable<NonNullable<PipelineInput['serving']>['values']>;
type Fields = Record<string, unknown>;
interface Outcome {
  /** What the server refused; null: it answered. */
  error: string | null;
  score: number | null;
  warnings: { field: string; problem: string; message: string }[];
}

const encodingsOf = (amount: object) => [
  { kind: 'number', column: 'amount', transform: 'identity', mean: 0, deviation: 1, flagMissing: false, ...amount },
  { kind: 'category', column: 'device', levels: ['phone', 'web'] },
];

/** Amount is at least 0 as declared, and 3 in the middle; devices are phone, the most frequent, and web. */
function aWorld(values: Values | null, columns: PipelineInput['columns'] = {}): World {
  const world = new World();
  const pipeline = aPipeline();
  world.add(
    parsePipeline(
      { ...pipeline, columns: { ...pipeline.columns, ...columns }, ...(values && { serving: { values } }) },
      'the test',
    ),
  );
  world.register(1, 0, 'fraud', { changes: { encodings: encodingsOf({ median: 3 }) } });
  world.promote(1);
  return world;
}

const datatypeOf = (value: unknown): DatatypeName =>
  typeof value === 'number' ? 'FP64' : typeof value === 'boolean' ? 'BOOL' : 'BYTES';
const sentOf = (row: Fields) => Object.entries(row).filter(([, value]) => value !== null && value !== undefined);

const protocols: Record<string, (server: PredictionServer, row: Fields, grpcs: GrpcClient[]) => Promise<Outcome>> = {
  async JSON(server, row) {
    const { status, body } = await predict(server, row);
    if (status !== 200) return { error: body.error.message, score: null, warnings: [] };
    return { error: null, score: body.score, warnings: body.warnings ?? [] };
  },

  async 'JSON with many rows'(server, row) {
    const { status, body } = await predict(server, { rows: [aRow(), row] });
    if (status !== 200) return { error: body.error.message, score: null, warnings: [] };
    const [clean, { score, warnings = [] }] = body.predictions;
    assert.equal(clean.warnings, undefined);
    return { error: null, score, warnings };
  },

  'JSON lines': async (server, row) => {
    const {
      error = null,
      score = null,
      warnings = [],
    } = JSON.parse(await batch(server, 'application/x-ndjson', JSON.stringify(row)));
    return { error, score, warnings };
  },

  async CSV(server, row) {
    const answer = await batch(server, 'text/csv', `${Object.keys(row).join()}\n${Object.values(row).join()}`);
    const [head, cells] = answer.split('\n').map((text) => text.match(/("([^"]|"")*"|[^,]*)(,|$)/g)!);
    const cell = (name: string): string => {
      const at = head!.findIndex((other) => other.replace(',', '') === name);
      return at < 0 ? '' : cells![at]!.replace(/,$/, '').replace(/^"(.*)"$/, '$1').replaceAll('""', '"'); // prettier-ignore
    };
    const warnings = cell('warnings') === '' ? [] : JSON.parse(cell('warnings'));
    return { error: cell('error') || null, score: cell('score') === '' ? null : Number(cell('score')), warnings };
  },

  async 'the Open Inference Protocol over REST'(server, row) {
    const inputs = sentOf(row).map(([name, value]) => ({ name, datatype: datatypeOf(value), shape: [1], data: [value] })); // prettier-ignore
    const response = await server.app.inject({ method: 'POST', url: '/v2/models/fraud/infer', payload: { inputs } });
    const body = response.json();
    if (response.statusCode !== 200) return { error: body.error, score: null, warnings: [] };
    return { error: null, score: body.outputs[0].data[0], warnings: JSON.parse(body.parameters?.warnings ?? '[]') };
  },

  async 'the Open Inference Protocol over gRPC'(server, row, clients) {
    const contents = { FP64: 'fp64_contents', BOOL: 'bool_contents', BYTES: 'bytes_contents' } as Fields;
    const inputs = sentOf(row).map(([name, value]) => {
      const datatype = datatypeOf(value);
      const element = datatype === 'BYTES' ? Buffer.from(String(value)) : value;
      return { name, datatype, shape: [1], contents: { [String(contents[datatype])]: [element] } };
    });
    const client = grpcClient(await server.grpc.listen('127.0.0.1', 0));
    clients.push(client);
    try {
      const { outputs, parameters } = await client.ask('ModelInfer', { model_name: 'fraud', inputs });
      const warnings = JSON.parse(parameters.warnings?.string_param ?? '[]');
      return { error: null, score: outputs[0].contents.fp64_contents[0], warnings };
    } catch (error) {
      return { error: (error as { details: string }).details, score: null, warnings: [] };
    }
  },
};

async function batch(server: PredictionServer, type: string, payload: string): Promise<string> {
  const url = '/predict/batch/fraud';
  return (await server.app.inject({ method: 'POST', url, headers: { 'content-type': type }, payload })).body;
}

const usual = 3;
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

describe('unexpected values in a row', () => {
  const clients: GrpcClient[] = [];
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await cleanUp();
  });

  const { amount: _amount, ...withoutAmount } = aRow();
  const cases: {
    problem: string;
    row: Fields;
    field: string;
    /** How they are refused; null: by default they are not. */
    refused: RegExp;
    byDefault: 'refused' | 'scored';
    policy: (verdict: 'reject' | 'impute') => Values;
    scored: number;
    says: RegExp;
    logged: unknown;
  }[] = [
    {
      problem: 'missing',
      row: withoutAmount,
      field: 'amount',
      refused: /"amount" is missing; send a finite number/,
      byDefault: 'refused',
      policy: (missing) => ({ missing }),
      scored: sigmoid(usual),
      says: /^"amount" is (missing|null); scored as 3\.$/,
      logged: null,
    },
    {
      problem: 'wrongType',
      row: aRow({ amount: 'lots' }),
      field: 'amount',
      refused: /"amount" (is "lots"; send a finite number|.*cannot be BYTES; send FP64)/,
      byDefault: 'refused',
      policy: (wrongType) => ({ columns: { amount: { wrongType } } }),
      scored: sigmoid(usual),
      says: /^"amount" is "lots"; scored as 3\.$/,
      logged: null,
    },
    {
      problem: 'outOfRange',
      row: aRow({ amount: -2 }),
      field: 'amount',
      refused: /"amount" is -2, below 0; send a number within its range/,
      byDefault: 'scored',
      policy: (outOfRange) => ({ outOfRange }),
      scored: sigmoid(usual),
      says: /^"amount" is -2, below 0; scored as 3\.$/,
      logged: -2,
    },
    {
      problem: 'unseen',
      row: aRow({ device: 'fridge' }),
      field: 'device',
      refused: /"device" is "fridge", a level that is neither declared nor learnt; send text such as "phone", "web"/,
      byDefault: 'scored',
      policy: (unseen) => ({ unseen }),
      scored: sigmoid(10),
      says: /^"device" is "fridge", a level that is neither declared nor learnt; scored as "phone"\.$/,
      logged: 'fridge',
    },
    {
      problem: 'extra',
      row: { ...aRow(), colour: 'red' },
      field: 'colour',
      refused: /"colour" is not (a field of fraud; fields are: amount|an input of this model)/,
      byDefault: 'refused',
      policy: (verdict) => ({ extra: verdict === 'impute' ? 'ignore' : 'reject' }),
      scored: sigmoid(10),
      says: /^"colour" is not a field of fraud; ignored\.$/,
      logged: undefined,
    },
  ];

  for (const { problem, row, field, refused, byDefault, policy, scored, says, logged } of cases)
    describe(problem === 'extra' ? 'extra fields' : problem, () => {
      for (const [protocol, ask] of Object.entries(protocols)) {
        it(`are ${byDefault} by default, over ${protocol}`, async () => {
          const { error, score, warnings } = await ask(await aServer(aWorld(null)), row, clients);
          if (byDefault === 'refused') assert.match(error ?? '', refused);
          else assert.ok(error === null && score !== null, error ?? '');
          assert.deepEqual(warnings, []);
        });

        it(`are refused where the declaration says so, over ${protocol}`, async () => {
          const { error } = await ask(await aServer(aWorld(policy('reject'))), row, clients);
          assert.match(error ?? '', refused);
        });

        it(`are scored with a warning where the declaration says so, over ${protocol}`, async () => {
          const world = aWorld(policy('impute'));
          const server = await aServer(world);
          const { error, score, warnings } = await ask(server, row, clients);
          assert.equal(error, null);
          assert.ok(Math.abs(score! - scored) < 1e-6, `${score} for ${scored}`);
          assert.deepEqual(warnings.map((warning) => [warning.field, warning.problem]), [[field, problem]]); // prettier-ignore
          assert.match(warnings[0]!.message, says);
          await server.shipper.ship();
          const { row: kept } = [...world.logged.values()].at(-1)!;
          assert.deepEqual(kept[field], logged, 'the log has what came');
        });
      }
    });

  it('are logged as they came, with what was scored beside them, and counted by column and problem', async () => {
    const world = aWorld({ missing: 'impute', wrongType: 'impute', outOfRange: 'impute', unseen: 'impute', extra: 'ignore' }); // prettier-ignore
    const server = await aServer(world);
    const { body } = await predict(server, { amount: -4, device: 'fridge', is_online: 'yes', colour: 'red', size: 2 });
    assert.deepEqual(
      body.warnings.map(({ message }: { message: string }) => message),
      [
        '"amount" is -4, below 0; scored as 3.',
        '"device" is "fridge", a level that is neither declared nor learnt; scored as "phone".',
        '"is_online" is "yes"; scored as null.',
        '"colour" and 1 more are not fields of fraud; ignored.',
      ],
    );
    await server.shipper.ship();
    const { row } = [...world.logged.values()][0]!;
    const imputed = { amount: 3, device: 'phone', is_online: null };
    const sent = { amount: -4, device: 'fridge', is_online: null, distance: null, hour: 12 };
    assert.deepEqual(row, { ...sent, _imputed: imputed });
    const metrics = (await server.app.inject('/metrics')).body;
    for (const labels of ['column="amount",problem="outOfRange"', 'column="",problem="extra"'])
      assert.ok(metrics.includes(`perennial_values_repaired_total{pipeline="fraud",${labels}} 1`), metrics);
  });

  it('count for drift as they came: imputing hides neither nulls nor new levels', async () => {
    const world = aWorld({ missing: 'impute', unseen: 'impute' });
    const server = await aServer(world);
    const rows = Array.from({ length: 20 }, () => ({ ...withoutAmount, device: 'fridge' }));
    assert.equal((await predict(server, { rows })).status, 200);
    await server.shipper.ship();
    await server.counting.count();
    const { profile } = [...world.counts.values()][0]!;
    assert.equal(profile.columns['amount']!.nulls, 20);
    // phone, web, any other
    assert.deepEqual(profile.columns['device']!.counts, [0, 0, 20]);
  });

  it('leave a declared null alone, and become null where the column declares nulls', async () => {
    const world = aWorld({ missing: 'impute', wrongType: 'impute' });
    const server = await aServer(world);
    const { body: clean } = await predict(server, aRow({ distance: null }));
    assert.equal(clean.warnings, undefined);
    const { body } = await predict(server, aRow({ distance: 'far' }));
    assert.equal(body.warnings[0].message, '"distance" is "far"; scored as null.');
  });

  it('can be refused in one column, even a null that training tolerates, and imputed in the others', async () => {
    const server = await aServer(aWorld({ missing: 'impute', columns: { distance: { missing: 'reject' } } }));
    assert.match((await predict(server, aRow({ distance: null }))).body.error.message, /"distance" is null/);
    assert.equal((await predict(server, withoutAmount)).status, 200);
  });

  it('are judged by the training range where none is declared, and by none where an earlier release trained', async () => {
    for (const [range, status] of [
      [[1, 50], 400],
      [undefined, 200],
    ] as const) {
      const world = aWorld({ outOfRange: 'reject' }, { amount: { kind: 'number' } });
      world.register(2, 0, 'fraud', { changes: { encodings: encodingsOf({ median: 3, range }) } });
      world.promote(2);
      const server = await aServer(world);
      assert.equal((await predict(server, aRow({ amount: 51 }))).status, status);
      assert.equal((await predict(server, aRow({ amount: 50 }))).status, 200);
    }
  });

  it('are recognised by declared levels as well as by learnt ones', async () => {
    const server = await aServer(
      aWorld({ unseen: 'reject' }, { device: { kind: 'category', levels: ['phone', 'watch'] } }),
    );
    for (const [device, status] of [
      ['watch', 200],
      ['web', 200],
      ['fridge', 400],
    ] as const)
      // prettier-ignore
      assert.equal((await predict(server, aRow({ device }))).status, status, device);
  });

  it('in sensitive columns are never repeated or revealed, whatever the server puts in their place', async () => {
    const amount = { kind: 'number', min: 0, sensitive: true } as const;
    const device: PipelineInput['columns'][string] = { kind: 'category', levels: ['phone', 'web'], sensitive: true };
    const server = await aServer(aWorld({ outOfRange: 'impute', unseen: 'impute' }, { amount, device }));
    const { body } = await predict(server, aRow({ amount: -4929, device: 'canary' }), 'fraud', '?features=true');
    assert.deepEqual(
      body.warnings.map(({ message }: { message: string }) => message),
      [
        '"amount" is outside its range; scored as its usual value.',
        '"device" is text of 6 letters, a level that is neither declared nor learnt; scored as its usual value.',
      ],
    );
    assert.deepEqual(Object.keys(body.features), ['distance', 'is_online', 'hour']);
    const refusing = await aServer(aWorld({ outOfRange: 'reject', unseen: 'reject' }, { amount, device }));
    const { body: refused } = await predict(refusing, aRow({ device: 'canary' }));
    assert.equal(refused.error.message, '"device" is text of 6 letters, a level that is neither declared nor learnt; send a known one.'); // prettier-ignore
  });

  it('are counted by column and problem where they are refused, in every protocol, without values or names that a caller made up', async () => {
    const amount = { kind: 'number', min: 0, sensitive: true } as const;
    const server = await aServer(aWorld({ outOfRange: 'reject' }, { amount }));
    const counted = ['JSON', 'JSON with many rows', 'the Open Inference Protocol over REST', 'the Open Inference Protocol over gRPC'] as const; // prettier-ignore
    for (const protocol of counted) await protocols[protocol]!(server, withoutAmount, clients);
    for (const row of [aRow({ amount: -4929 }), aRow({ amount: -4930 }), aRow({ occurred_at: 'soon' })])
      await predict(server, row);
    await predict(server, aRow({ 'jo@example.com': 1 }));
    await predict(server, '{');
    await predict(server, aRow());
    const recorded = async () => server.metrics.windows.of('fraud');
    await until(async () => (await recorded()).requests === 10, 'all answers are counted');
    const { refused, refusals } = await recorded();
    assert.equal(refused, 9);
    assert.deepEqual(
      refusals.map(([refusal, requests]) => [refusal && `${refusal.field} ${refusal.problem}`, requests]),
      [['amount missing', 4], ['amount outOfRange', 2], ['occurred_at invalid', 1], ['null extra', 1], [null, 1]],
    ); // prettier-ignore
  });

  it('are never imputed where a prediction is found by them: key, entity and time', async () => {
    const server = await aServer(aWorld({ missing: 'impute', wrongType: 'impute', extra: 'ignore' }));
    for (const field of ['transaction_id', 'card_id', 'occurred_at']) {
      const { status, body } = await predict(server, aRow({ [field]: true }));
      assert.deepEqual([status, body.error.field], [400, field]);
    }
  });

  it('are imputed from the version that scores, also where it stands in for another', async () => {
    const world = aWorld({ missing: 'impute' });
    world.register(2, 0, 'fraud', { changes: { encodings: encodingsOf({ median: -1 }) } });
    world.promote(2);
    const server = await aServer(world);
    const fields = ['score', 'version'] as const;
    const answer = async () => {
      const { body } = await predict(server, withoutAmount);
      return fields.map((field) => Number(body[field]).toFixed(4));
    };
    assert.deepEqual(await answer(), [sigmoid(-1).toFixed(4), '2.0000']);
    server.models.get('fraud')!.serving!.champion.model.score = () => NaN;
    assert.deepEqual(await answer(), [sigmoid(usual).toFixed(4), '1.0000']);
  });

  it('are documented as the server treats them', async () => {
    const schemaOf = async (values: Values | null) => {
      const { app } = await aServer(aWorld(values));
      return (await app.inject('/openapi.json')).json().paths['/predict/fraud'].post.requestBody.content['application/json'].schema.oneOf[0]; // prettier-ignore
    };
    const strict = await schemaOf({ outOfRange: 'reject' });
    assert.deepEqual([strict.properties.amount.minimum, strict.additionalProperties], [0, false]);
    const lenient = await schemaOf({ missing: 'impute', wrongType: 'impute', extra: 'ignore' });
    assert.deepEqual([lenient.required, lenient.additionalProperties], [[], true]);
    assert.equal(lenient.properties.amount.type, undefined);
  });

  it('are imputed for any datatype, also in a tensor that its column could never hold', async () => {
    const server = await aServer(aWorld({ wrongType: 'impute' }));
    const config = (await server.app.inject('/v2/models/fraud')).json();
    assert.equal(config.inputs.find(({ name }: { name: string }) => name === 'device').datatype, 'BYTES');
    for (const datatype of numberDatatypes) {
      const data = [fixedDatatypes[datatype].holds === 'number' ? 1 : true];
      const inputs = [
        { name: 'amount', datatype: 'FP64', shape: [1], data: [1] },
        { name: 'device', datatype, shape: [1], data },
        { name: 'is_online', datatype: 'BOOL', shape: [1], data: [true] },
      ];
      const response = await server.app.inject({ method: 'POST', url: '/v2/models/fraud/infer', payload: { inputs } });
      assert.match(response.json().parameters.warnings, /"device\\" is 1; scored as \\"phone\\"/, datatype);
    }
  });
});

describe('a declaration of values', () => {
  const declare = (values: object) => parsePipeline({ ...aPipeline(), serving: { values } }, 'the test');

  for (const [what, values, says] of [
    ['a column that is not there', { columns: { colour: { missing: 'impute' } } }, /columns\.colour: no such column; columns are: amount, distance/], // prettier-ignore
    ['a column that is derived', { columns: { hour: { missing: 'impute' } } }, /columns\.hour: no such column/],
    ['a range of text', { columns: { device: { outOfRange: 'reject' } } }, /only numbers have a range/],
    ['levels of a number', { columns: { amount: { unseen: 'reject' } } }, /only categories have levels/],
    ['another word', { missing: 'guess' }, /write "reject" or "impute"/],
    ['what cannot be accepted', { wrongType: 'accept' }, /write "reject" or "impute"/],
  ] as const)
    it(`refuses ${what}`, () => {
      assert.throws(() => declare(values), says);
    });
});
