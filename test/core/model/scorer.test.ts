import { readFile } from 'node:fs/promises';
import { type ArtifactOf } from '../../../core/model/artifact.ts';
import { compileScorer, parseArtifact, sigmoid } from '../../../core/model/scorer.ts';
import { decodeWeights, encodeWeights } from '../../../core/model/numbers/weights.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import assert from 'node:assert/strict';

const weights = (...values: number[]): string => encodeWeights(Float32Array.from(values));

/** By hand: hidden = relu([x + de, -x]), logit = 2 * hidden[0] + 3 * hidden[1] - 1. */
const anArtifact = (changes: Partial<ArtifactOf<'network'>> = {}): ArtifactOf<'network'> => ({
  format: 1,
  pipeline: 'fraud',
  revision: 'r1',
  trainingRun: 'fraud/training/2026-01-04T03:00Z',
  candidate: 'mlp',
  encodings: [
    { kind: 'number', column: 'x', transform: 'identity', median: 0, mean: 0, deviation: 1, flagMissing: false },
    { kind: 'category', column: 'country', levels: ['de'] },
  ],
  kind: 'network',
  layers: [
    { inputs: 2, units: 2, activation: 'relu', kernel: weights(1, -1, 1, 0), bias: weights(0, 0) },
    { inputs: 2, units: 1, activation: 'linear', kernel: weights(2, 3), bias: weights(-1) },
  ],
  probe: {
    rows: [
      { x: 2, country: 'de' },
      { x: -2, country: 'nl' },
    ],
    logits: [5, 5],
  },
  trainedWith: { backend: 'wasm', tensorflow: '4.22.0', epochs: 3, rows: 100, seconds: 1.5 },
  calibration: { slope: 0.5, intercept: -1 },
  threshold: 0.4,
  ...changes,
});

const isInvalid =
  (...words: string[]) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof UserError && error.code === 'MODEL_INVALID', String(error));
    for (const word of words) assert.ok(error.message.includes(word), `"${word}" in: ${error.message}`);
    return true;
  };

describe('a compiled scorer', () => {
  it('computes the layers, and calibrates the logit into a probability', () => {
    const scorer = compileScorer(anArtifact());
    assert.equal(scorer.logit({ x: 2, country: 'de' }), 5);
    assert.equal(scorer.logit({ x: 0, country: 'nl' }), -1);
    assert.equal(scorer.score({ x: 2, country: 'de' }), sigmoid(1.5));
  });

  it('scores a level it has never seen, and a row without columns', () => {
    const scorer = compileScorer(anArtifact());
    assert.equal(scorer.logit({ x: 2, country: 'atlantis' }), scorer.logit({ x: 2, country: null }));
    assert.equal(scorer.logit({}), -1);
  });

  it('scores a chunk as it scores single rows', () => {
    const scorer = compileScorer(anArtifact());
    const chunk = { rows: 3, columns: { x: [2, null, -1], country: ['de', 'nl', 'de'] } };
    const rows = [0, 1, 2].map((row) => ({ x: chunk.columns.x[row]!, country: chunk.columns.country[row]! }));
    assert.deepEqual(
      [...scorer.scoreChunk(chunk)],
      rows.map((row) => scorer.score(row)),
    );
    assert.deepEqual(
      [...scorer.logitChunk(chunk)],
      rows.map((row) => scorer.logit(row)),
    );
  });

  it('scores along the lines of isotonic calibration where there are any', () => {
    const knots = { from: [-1, 2], to: [-3, 0] };
    const bent = parseArtifact(
      JSON.stringify({ ...anArtifact(), format: 2, calibration: { slope: 0.5, intercept: 0, knots } }),
    );
    // The logit is 5, three beyond the last knot.
    assert.equal(compileScorer(bent).score({ x: 2, country: 'de' }), sigmoid(1.5));
    const crossed = { ...bent, calibration: { ...bent.calibration, knots: { from: [2, -1], to: [0, 1] } } };
    assert.throws(() => parseArtifact(JSON.stringify(crossed)), isInvalid('numbers that rise'));
    const unlike = { ...bent, calibration: { ...bent.calibration, knots: { from: [2, 3, 4], to: [0, 1] } } };
    assert.throws(() => parseArtifact(JSON.stringify(unlike)), isInvalid('as many as in from'));
  });

  it('scores an uncalibrated model by the sigmoid of its logit', () => {
    const { calibration, threshold, ...rest } = anArtifact();
    assert.ok(calibration && threshold);
    assert.equal(compileScorer(rest).score({ x: 2, country: 'de' }), sigmoid(5));
  });

  it('refuses a model whose weights differ from those that training probed, and says which row shows it', () => {
    const changed = anArtifact();
    changed.layers[1]!.bias = weights(-1.01);
    assert.throws(() => compileScorer(changed), isInvalid('"mlp" of fraud', 'row 0', '5', '4.98'));
  });

  it('refuses weights that are not numbers', () => {
    const changed = anArtifact();
    changed.layers[1]!.bias = weights(NaN);
    assert.throws(() => compileScorer(changed), isInvalid('NaN'));
  });

  it('refuses a layer with too few weights', () => {
    const changed = anArtifact();
    changed.layers[0]!.kernel = weights(1, 2, 3);
    assert.throws(() => compileScorer(changed), isInvalid('layer 0', '3 weights where 4 belong'));
  });
});

describe('an artifact in JSON', () => {
  it('is read back as it was written', () => {
    assert.deepEqual(parseArtifact(JSON.stringify(anArtifact())), anArtifact());
  });

  it('of a release that knew no kinds of models is a network, and scores as it did', async () => {
    const stored = await readFile(new URL('../../golden/models/network-without-kind.json', import.meta.url), 'utf8');
    assert.equal((JSON.parse(stored) as { kind?: string }).kind, undefined);
    const model = parseArtifact(stored);
    assert.equal(model.kind, 'network');
    compileScorer(model); // which holds it against the logits that TF.js gave
  });

  it('of an unknown kind is refused, and the error says so', () => {
    const strange = { ...anArtifact(), kind: 'forest' };
    assert.throws(() => parseArtifact(JSON.stringify(strange)), isInvalid('kind'));
  });

  it('is refused when it is cut off', () => {
    assert.throws(() => parseArtifact(JSON.stringify(anArtifact()).slice(0, 300)), isInvalid('not JSON', '300'));
  });

  it('is refused with the path of the mistake', () => {
    const wrong = { ...anArtifact(), threshold: 'high', candidate: 7 };
    assert.throws(() => parseArtifact(JSON.stringify(wrong)), isInvalid('threshold', 'candidate'));
    assert.throws(() => parseArtifact(JSON.stringify({ ...anArtifact(), format: 4 })), isInvalid('formats 1 to 3'));
  });

  it('is read without the additional keys of a newer release', () => {
    const newer = structuredClone(anArtifact()) as object as { trainedWith: object };
    Object.assign(newer, { colour: 'red' });
    Object.assign(newer.trainedWith, { gpu: false });
    assert.deepEqual(parseArtifact(JSON.stringify(newer)), anArtifact());
  });

  it('is refused when its layers do not fit its columns', () => {
    const { encodings } = anArtifact();
    const short = { ...anArtifact(), encodings: encodings.slice(0, 1) };
    assert.throws(() => parseArtifact(JSON.stringify(short)), isInvalid('layers.0: takes 2 inputs, but 1 come in'));
  });
});

describe('weights in base64', () => {
  it('come back bit by bit, also from a view into a larger array and beyond one piece', () => {
    const all = Float32Array.from({ length: 10_000 }, (_, i) => Math.sin(i) * 10 ** ((i % 60) - 30));
    const view = all.subarray(17, 9_000);
    assert.deepEqual(decodeWeights(encodeWeights(view), view.length), view.slice());
  });
});
