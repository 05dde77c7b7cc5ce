import { PROBABILITIES } from '../../../../core/data/predictions/prediction-lines.ts';
import { parsePipeline } from '../../../../core/declaration/pipeline.ts';
import { placeOfAnswer } from '../../../../core/metrics/answer.ts';
import { aPipeline, aRow, aServer, cleanUp, predict, World } from '../../fakes.ts';
import assert from 'node:assert/strict';

const CLASSES = ['low', 'mid', 'high'];
const floats = (...values: number[]): string => Buffer.from(Float32Array.from(values).buffer).toString('base64');

/** A world whose model gives every row these logits. */
function aWorldOf(logits: readonly number[], costs?: readonly (readonly number[])[]): World {
  const { label: _, ...declared } = aPipeline();
  const world = new World();
  world.add(parsePipeline({ ...declared, label: { name: 'urgency', kind: 'class', classes: CLASSES }, gates: { metric: 'logLoss', margin: 0.01 } }, 'the test')); // prettier-ignore
  world.register(1, 0, 'fraud', {
    changes: {
      format: 3,
      classes: CLASSES,
      threshold: null,
      layers: [{ inputs: 3, units: 3, activation: 'linear', kernel: floats(0, 0, 0, 0, 0, 0, 0, 0, 0), bias: floats(...logits) }], // prettier-ignore
      probe: { rows: [aRow(), aRow({ amount: 2 })], logits: [...logits, ...logits] },
      ...(costs && { costs }),
    },
  });
  world.promote(1);
  return world;
}

describe('an answer that is one of several classes', () => {
  afterEach(cleanUp);

  const cases: [string, number[], number[][] | undefined][] = [
    ['costs chose among equal probabilities', [0, 0, 0], [[0, 1, 1], [1, 0, 1], [20, 5, 0]]], // prettier-ignore
    ['what is logged rounds two probabilities alike', [0, -1, 2 ** -28], undefined],
  ];
  for (const [when, logits, costs] of cases)
    it(`can be told from what is logged when ${when}`, async () => {
      const world = aWorldOf(logits, costs);
      const server = await aServer(world);
      const { body } = await predict(server);
      assert.equal(body.label, 'high');
      await server.shipper.ship();
      const { score, row } = world.logged.get(body.id)!;
      const probabilities = row[PROBABILITIES] as unknown as number[];
      assert.equal(placeOfAnswer(score, probabilities), CLASSES.indexOf('high'));
      for (const [place, name] of CLASSES.entries())
        assert.ok(Math.abs(probabilities[place]! - body.probabilities[name]) < 1e-7, probabilities.join());
    });
});
