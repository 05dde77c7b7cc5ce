import { readOnnx } from '../../../core/brought/onnx-file.ts';
import { createRandom } from '../../../core/base/random.ts';
import { exportBy, exportModel, type Exporters } from '../../../core/exports/index.ts';
import { integer, integers, text } from '../../../core/exports/onnx/protobuf.ts';
import { type ModelArtifact } from '../../../core/model/artifact.ts';
import { createEncoder } from '../../../core/model/preprocessing.ts';
import { compileScorer } from '../../../core/model/scorer.ts';
import { encodeNumbers } from '../../../core/model/numbers/weights.ts';
import { models, rows, straightTabm, unusualTabm, wideTabm } from './models.ts';
import * as tf from '@tensorflow/tfjs';
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';

const model = models.network['with hidden layers']!;
const read = (bytes: Uint8Array): object => JSON.parse(new TextDecoder().decode(bytes)) as object;

function assertScores(loaded: tf.LayersModel, model: ModelArtifact, of = rows): void {
  const { width, row: encode } = createEncoder(model.encodings);
  const inputs = new Float32Array(of.length * width);
  for (const [i, row] of of.entries()) encode(row, inputs, i * width);
  const scores = (loaded.predict(tf.tensor2d(inputs, [of.length, width])) as tf.Tensor).dataSync();
  const { score, classes } = compileScorer(model);
  const expected = of.flatMap((row) => (classes ? [...classes.probabilities(row)] : [score(row)]));
  assert.equal(scores.length, expected.length);
  for (const [i, ours] of expected.entries())
    assert.ok(Math.abs(scores[i]! - ours) < 1e-5, `score ${i}: ${scores[i]}, ours ${ours}`);
}

async function loadedFrom(model: ModelArtifact): Promise<tf.LayersModel> {
  await tf.setBackend('cpu');
  const [topology, weights] = exportModel({ version: 1, model }, 'tfjs');
  const { modelTopology, weightsManifest } = read(topology!.bytes) as tf.io.ModelJSON;
  const weightData = weights!.bytes.buffer as ArrayBuffer;
  const weightSpecs = weightsManifest[0]!.weights;
  return tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
}

describe('an exported model', () => {
  it('says where it comes from, and from where on scores count', () => {
    const [file] = exportModel({ version: 3, model }, 'json');
    assert.equal(file!.name, 'fraud-v3.json');
    const { pipeline, version, revision, trainingRun, candidate, threshold } = read(file!.bytes) as Record<string, unknown>;
    assert.deepEqual(
      { pipeline, version, revision, trainingRun, candidate, threshold },
      { pipeline: 'fraud', version: 'v3', revision: 'r1', trainingRun: model.trainingRun, candidate: 'mlp', threshold: 0.4 },
    );
  }); // prettier-ignore

  it('holds none of the rows that it is checked with', () => {
    const secret = { ...model, probe: { rows: [{ ...model.probe.rows[0], 'country of origin': 'secret-place' }], logits: [0] } };
    for (const format of ['tfjs', 'onnx', 'json'] as const)
      for (const { bytes } of exportModel({ version: 1, model: secret }, format))
        assert.ok(!Buffer.from(bytes).includes('secret-place'), format);
  }); // prettier-ignore

  it('takes a column once that it reads in two ways', () => {
    const [first] = model.encodings;
    const twice = { ...model, encodings: [...model.encodings, { ...first!, transform: 'identity' }] } as ModelArtifact;
    const inputsOf = (from: ModelArtifact) =>
      readOnnx(exportModel({ version: 1, model: from }, 'onnx')[0]!.bytes).inputs;
    assert.deepEqual(inputsOf(twice), inputsOf(model));
  });

  it('keeps every bit of its weights in JSON', () => {
    const third = Math.fround(1 / 3);
    const changed = { ...models.constant['of a class']!, output: third } as ModelArtifact;
    const [file] = exportModel({ version: 1, model: changed }, 'json');
    const { layers } = read(file!.bytes) as { layers: { bias: number[] }[] };
    assert.equal(Math.fround(layers[0]!.bias[0]!), third);
  });

  it('of trees adds up in Float32 to the sum of Float64, in any order of the leaves', () => {
    const random = createRandom('leaves');
    const leaves = Float64Array.from({ length: 1000 }, () => random.normal(0, 3));
    const none = { splits: Array.from(leaves, () => 0), inputs: '', nulls: '', cuts: '', left: '', right: '', sets: '' };
    const many = { ...models.trees.boosted!, ...none, leaves: encodeNumbers(leaves) } as ModelArtifact;
    const { nodes } = readOnnx(exportModel({ version: 1, model: many }, 'onnx')[0]!.bytes);
    const { attributes } = nodes.find(({ operator }) => operator === 'ai.onnx.ml.TreeEnsembleRegressor')!;
    const [parts, weights] = ['target_ids', 'target_weights'].map((name) => attributes.numbers(name)) as [number[], number[]];
    const sumOf = (part: number, order: readonly number[]): number =>
      order.filter((at) => parts[at] === part).reduce((sum, at) => Math.fround(sum + weights[at]!), 0);
    const ours = leaves.reduce((sum, leaf) => sum + leaf, 0);
    for (const order of [[...weights.keys()], random.shuffle([...weights.keys()])]) {
      const sum = sumOf(0, order) + sumOf(1, order);
      assert.ok(Math.abs(sum - ours) < 1e-7, `${sum}, ours ${ours}`);
    }
  }); // prettier-ignore

  it('of no tree yet holds one that adds nothing', () => {
    const none = { splits: [], inputs: '', nulls: '', cuts: '', left: '', right: '', sets: '', leaves: '' };
    const { nodes } = readOnnx(exportModel({ version: 1, model: { ...models.trees.boosted!, ...none } as ModelArtifact }, 'onnx')[0]!.bytes);
    const { attributes } = nodes.find(({ operator }) => operator === 'ai.onnx.ml.TreeEnsembleRegressor')!;
    assert.deepEqual([attributes.texts('nodes_modes'), attributes.numbers('target_weights')], [['LEAF'], [0, 0]]);
  }); // prettier-ignore

  it('of a kind that a format cannot express is refused, with the formats that can', () => {
    const exporters: Exporters<ModelArtifact> = {
      tfjs: { cannot: 'TF.js has no layer that compares' },
      onnx: () => [],
      json: () => [],
    };
    assert.throws(() => exportBy(exporters, { version: 3, model }, 'tfjs'), {
      code: 'REQUEST_INVALID',
      message:
        'v3 of fraud is a model of kind "network", which cannot be written as tfjs: TF.js has no layer that compares. ' +
        'Formats for it: onnx, json.',
    });
  });

  for (const [title, unusual] of Object.entries(unusualTabm))
    it(`that is a network of members scores in TF.js as ours ${title}`, async () =>
      assertScores(await loadedFrom(unusual), unusual));

  const calibrations = {
    'a level calibration': { slope: 0.05, intercept: 0 },
    'a steep calibration': { slope: 5, intercept: -1 },
    'an isotonic calibration with steep lines': {
      slope: 0.1,
      intercept: 0,
      knots: { from: [-60, -1, -0.9, 0, 0.05, 2], to: [-5, -2.5, -1, -0.5, 0.5, 1.5] },
    },
  };
  for (const [title, calibration] of Object.entries(calibrations))
    it(`that is a network of members scores in TF.js as ours at any logit by ${title}`, async () => {
      const straight = straightTabm(calibration);
      const near = Array.from({ length: 801 }, (_, i) => ({ amount: (i - 400) / 160 }));
      const far = Array.from({ length: 101 }, (_, i) => ({ amount: 6 * (i - 50) }));
      assertScores(await loadedFrom(straight), straight, [...near, ...far]);
    });

  it('that is a network of members takes hardly more room in TF.js than its weights', () => {
    const { layers } = wideTabm as Extract<ModelArtifact, { kind: 'tabm' }>;
    const texts = layers.flatMap(({ kernel, scale = '', bias }) => [kernel, scale, bias]);
    const own = texts.reduce((sum, text) => sum + Buffer.from(text, 'base64').length, 0);
    const [, weights] = exportModel({ version: 1, model: wideTabm }, 'tfjs');
    // Besides them is what makes the mean over 64 members: a factor for each two.
    assert.ok(weights!.bytes.length < own + 4 * 2.5 * 64 * 64, `${weights!.bytes.length} for ${own} bytes`);
  });

  it('loads by tf.loadLayersModel from an address, as in a browser, and scores encoded rows as ours', async () => {
    const files = new Map(exportModel({ version: 1, model }, 'tfjs').map(({ name, bytes }) => [`/${name}`, bytes]));
    const server = createServer(({ url }, answer) => void answer.end(files.get(url!)));
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    try {
      await tf.setBackend('cpu');
      const { port } = server.address() as AddressInfo;
      const loaded = await tf.loadLayersModel(`http://127.0.0.1:${port}/model.json`);
      assertScores(loaded, model);
      assert.equal(
        (loaded.getUserDefinedMetadata() as { inputs: object[] }).inputs.length,
        createEncoder(model.encodings).width,
      );
    } finally {
      server.close();
    }
  });
});

describe('protobuf', () => {
  it('is written as its documentation shows', () => {
    assert.equal(Buffer.from(integer(1, 150)).toString('hex'), '089601');
    assert.equal(Buffer.from(text(2, 'testing')).toString('hex'), '120774657374696e67');
    assert.equal(Buffer.from(integers(8, [1, 150])).toString('hex'), '4203019601');
    assert.equal(Buffer.from(integer(20, 2 ** 33)).toString('hex'), 'a0018080808020');
  });
});
