import { type ModelArtifact } from '../../../../core/model/artifact.ts';
import { encodeWeights } from '../../../../core/model/numbers/weights.ts';
import { aPipeline, aRow, aServer, aServingWorld, cleanUp, predict, World } from '../../fakes.ts';
import assert from 'node:assert/strict';

interface Told {
  score: number;
  typicalScore: number;
  reasons: { field: string; value: unknown; effect: number }[];
  features: Record<string, unknown>;
}

const plain = { transform: 'identity', mean: 0, deviation: 1, flagMissing: false } as const;
const encodings: ModelArtifact['encodings'] = [
  { kind: 'number', column: 'amount', median: 5, ...plain },
  { kind: 'category', column: 'device', levels: ['phone', 'web'] },
  { kind: 'hour', column: 'hour', usual: 12 },
];

/** An estimate of 100 + amount + 2 for a web device + (hour - 12) / 10. */
function aWorldOfEstimates(): World {
  const world = new World();
  const weights = [1, 0, 2, 0, 0, ...Array.from({ length: 24 }, (_, hour) => (hour - 12) / 10)];
  const kernel = encodeWeights(Float32Array.from(weights));
  const layer = { inputs: 29, units: 1, activation: 'linear', kernel, bias: encodeWeights(new Float32Array(1)) };
  const changes = { encodings, layers: [layer], probe: { rows: [{}], logits: [5] } };
  world.add();
  world.register(1, 0, 'fraud', { target: { mean: 100, deviation: 1 }, changes });
  world.promote(1);
  return world;
}

const near = (value: number, expected: number): void =>
  assert.ok(Math.abs(value - expected) < 1e-4, `${value} for ${expected}`);

describe('reasons of a prediction', () => {
  afterEach(cleanUp);

  it("are the fields that moved the score from a typical row's, strongest first, in the score's own unit", async () => {
    const server = await aServer(aWorldOfEstimates());
    const row = aRow({ amount: 2, device: 'web', occurred_at: '2026-02-28T08:30:00+01:00' });
    const { status, body } = await predict(server, row, 'fraud', '?reasons=10');
    assert.equal(status, 200);
    const { score, typicalScore, reasons } = body as Told;
    near(score, 103.5);
    near(typicalScore, 105);
    assert.deepEqual(
      reasons.map(({ field, value }) => [field, value]),
      [
        ['amount', 2],
        ['device', 'web'],
        // The hour is derived from it.
        ['occurred_at', '2026-02-28T07:30:00.000Z'],
      ],
    );
    for (const [i, effect] of [-3, 2, -0.5].entries()) near(reasons[i]!.effect, effect);
    near(typicalScore + reasons.reduce((sum, { effect }) => sum + effect, 0), score);
  });

  it('are as many as requested, for each of many rows separately', async () => {
    const server = await aServer(aWorldOfEstimates());
    const rows = [aRow({ amount: 5 }), aRow({ amount: 6, device: 'web' })];
    const { body } = await predict(server, { rows }, 'fraud', '?reasons=1');
    const told = (body.predictions as Told[]).map(({ reasons }) => reasons.map(({ field }) => field));
    assert.deepEqual(told, [[], ['device']]);
  });

  it('come from the version that answered', async () => {
    const world = aServingWorld();
    world.register(2, 2);
    world.decide(1, [{ version: 1, share: 0.5 }, { version: 2, share: 0.5 }]); // prettier-ignore
    const server = await aServer(world);
    const rows = Array.from({ length: 20 }, (_, i) => aRow({ card_id: `c${i}`, amount: 0 }));
    const { body } = await predict(server, { rows }, 'fraud', '?reasons=1');
    const typical = new Map(
      (body.predictions as (Told & { version: number })[]).map((one) => [one.version, one.typicalScore]),
    );
    assert.deepEqual(new Set(typical.keys()), new Set([1, 2]));
    assert.notEqual(typical.get(1), typical.get(2));
  });

  it('are not in the answer unless asked for', async () => {
    const server = await aServer(aServingWorld());
    for (const query of ['', '?reasons=0', '?features=false']) {
      const { body } = await predict(server, aRow(), 'fraud', query);
      assert.deepEqual(Object.keys(body), ['id', 'score', 'decision', 'threshold', 'version', 'pipeline'], query);
    }
  });

  it('are empty for an answer that no model gave', async () => {
    const server = await aServer(aServingWorld());
    server.models.get('fraud')!.serving!.champion.model.score = () => NaN;
    const { body } = await predict(server, aRow(), 'fraud', '?reasons=2');
    assert.deepEqual([body.version, body.reasons, body.typicalScore], [0, [], body.score]);
  });

  for (const [query, field] of [
    ['?reasons=all', 'reasons'],
    ['?reasons=-1', 'reasons'],
    ['?reasons=1&reasons=2', 'reasons'],
    ['?features=yes', 'features'],
  ] as const)
    it(`cannot be requested by ${query}, and the answer says how`, async () => {
      const server = await aServer(aServingWorld());
      const { status, body } = await predict(server, aRow(), 'fraud', query);
      assert.equal(status, 400);
      assert.equal(body.error.field, field);
      assert.match(body.error.message, /in the address is .*; write /);
    });

  it('are in a batch of lines too, and as JSON in the cells of CSV', async () => {
    const server = await aServer(aWorldOfEstimates());
    const send = async (type: string, payload: string): Promise<string> => {
      const url = '/predict/batch/fraud?reasons=2&features=true';
      return (await server.app.inject({ method: 'POST', url, headers: { 'content-type': type }, payload })).body;
    };
    const row = { amount: 7, distance: null, device: 'phone', is_online: true, occurred_at: '2026-02-28T12:00:00Z' };
    const line = JSON.parse(await send('application/x-ndjson', JSON.stringify(row))) as Told;
    assert.deepEqual(line.reasons.map(({ field }) => field), ['amount']); // prettier-ignore
    const csv = await send('text/csv', `${Object.keys(row).join()}\n${Object.values(row).join()}`);
    const [head, cells] = csv.split('\n') as [string, string];
    assert.match(head, /,error,reasons,typicalScore,features$/);
    assert.match(cells, /"\[\{""field"":""amount"",""value"":7,""effect"":2(\.0\d+|)\}\]",105,"\{""amount"":7,/);
  });
});

describe('the features of a prediction', () => {
  afterEach(cleanUp);

  it('are every column as it was scored, also those derived from the time', async () => {
    const server = await aServer(aServingWorld());
    const row = { ...aRow({ occurred_at: '2026-02-28T22:10:00Z' }), distance: undefined };
    const { body } = await predict(server, row, 'fraud', '?features=true');
    assert.deepEqual(body.features, { amount: 10, distance: null, device: 'phone', is_online: true, hour: 22 });
    assert.deepEqual(Object.keys(body.features), Object.keys(aPipeline().columns));
  });
});
