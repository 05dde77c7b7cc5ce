import { sha256 } from '../../core/base/sha256.ts';
import { type Row } from '../../core/data/data.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { type ModelArtifact } from '../../core/model/artifact.ts';
import { compileScorer } from '../../core/model/scorer.ts';
import { encodeNumbers, encodeWeights } from '../../core/model/numbers/weights.ts';
import { type WhatIfPorts } from '../../operations/what-if.ts';
import { aModelVersion, anInsight, aPipeline } from '../reports/fixtures.ts';

export const PREDICTION = '01890a5d-ac96-774b-bcce-b302099a8057';
export const LOGGED: Row = { amount: 940, merchant: 'gift cards', online: true };

const plain = { kind: 'number', transform: 'identity', mean: 50, deviation: 100, flagMissing: false } as const;
const trained = { backend: 'none', epochs: 1, rows: 100, seconds: 1 };

/** A line: amount raises the score, so do gift cards, and being online lowers it. */
const line = {
  kind: 'network',
  encodings: [
    { ...plain, column: 'amount', median: 34 },
    { kind: 'category', column: 'merchant', levels: ['groceries', 'gift cards'] },
    { kind: 'category', column: 'online', levels: ['false', 'true'] },
  ],
  layers: [
    {
      inputs: 5,
      units: 1,
      activation: 'linear',
      kernel: encodeWeights(Float32Array.of(1, 0, 2, 0, -0.5)),
      bias: encodeWeights(Float32Array.of(-3)),
    },
  ],
};

/** A softmax, with a larger amount less likely of the first class and more of the third, as with gift cards. */
export const threeClasses = {
  classes: ['low', 'mid', 'high'],
  threshold: null,
  probe: { rows: [{ amount: 30, merchant: 'groceries', online: false }], logits: [0.2, 0, -0.2] },
  layers: [
    {
      inputs: 5,
      units: 3,
      activation: 'linear',
      kernel: encodeWeights(Float32Array.of(-1, 0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0)),
      bias: encodeWeights(Float32Array.of(0, 0, 0)),
    },
  ],
};

/** One tree: above 500, gift cards or not. It does not read online. */
const tree = {
  kind: 'trees',
  encodings: [
    { kind: 'value', column: 'amount', usual: 34, range: [1, 2_000] },
    { kind: 'level', column: 'merchant', levels: ['groceries', 'gift cards'] },
  ],
  output: 'sum',
  base: 0,
  splits: [2],
  inputs: encodeNumbers(Uint16Array.of(0, 1)),
  nulls: encodeNumbers(Uint8Array.of(1, 2)),
  cuts: encodeNumbers(Float32Array.of(500, 0)),
  left: encodeNumbers(Int32Array.of(~0, ~1)),
  right: encodeNumbers(Int32Array.of(1, ~2)),
  sets: encodeNumbers(Uint32Array.of(0b011, 0, 0, 0, 0, 0, 0, 0)),
  leaves: encodeNumbers(Float64Array.of(-3, -1, 2)),
  covers: encodeNumbers(Uint32Array.of(90, 6, 4)),
};

/** What changes an artifact into the average of both, which reads columns in two ways. */
export const average = {
  kind: 'ensemble',
  encodings: [...line.encodings, ...tree.encodings],
  of: 'outputs',
  members: [
    { candidate: 'line', weight: 0.5, reads: [0, 1, 2], model: { kind: line.kind, layers: line.layers } },
    { candidate: 'tree', weight: 0.5, reads: [3, 4], model: { ...tree, encodings: undefined } },
  ],
};

export function anArtifact(kind: 'line' | 'tree', changes: object = {}): ModelArtifact {
  const model = {
    format: 1,
    pipeline: 'fraud',
    revision: 'r1',
    trainingRun: 'run',
    candidate: kind,
    ...(kind === 'line' ? line : tree),
    probe: { rows: [], logits: [] },
    trainedWith: trained,
    calibration: { slope: 1, intercept: 0 },
    threshold: 0.5,
    ...changes,
  } as unknown as ModelArtifact;
  if ('classes' in changes) return model;
  const row = { amount: 30, merchant: 'groceries', online: false };
  return { ...model, probe: { rows: [row], logits: [compileScorer(model).logit(row)] } };
}

/** Versions 3, a line, and others, a tree, in memory; one prediction is logged. */
export function whatIfPorts(pipeline: Pipeline = aPipeline(), changes: object = {}): WhatIfPorts & { gets: number } {
  const texts = {
    line: JSON.stringify(anArtifact('line', changes)),
    tree: JSON.stringify(anArtifact('tree', 'classes' in changes ? {} : changes)),
  };
  const ports = {
    gets: 0,
    pipelines: {
      applied: async (name: string) => ({ name, revision: 'r1' }),
      declaration: async () => pipeline,
    },
    modelVersions: {
      get: async (_: string, version: number) => {
        const objectKey = version === 3 ? 'line' : 'tree';
        return aModelVersion({ version, objectKey, sha256: sha256(texts[objectKey]) });
      },
    },
    trainingRuns: { insightOf: async () => anInsight() },
    binnings: {
      current: async () => ({
        id: 'b1',
        columns: {
          amount: { kind: 'number' as const, edges: [5, 20, 50, 100, 300, 600, 1_000] },
          merchant: { kind: 'category' as const, levels: ['groceries', 'gift cards', 'fuel'] },
          online: { kind: 'category' as const, levels: ['false', 'true'] },
        },
      }),
    },
    loggedRows: { row: async (_: string, id: string) => (id === PREDICTION ? LOGGED : null) },
    store: {
      get: async (key: string) => {
        ports.gets++;
        return Buffer.from(texts[key as 'line' | 'tree']);
      },
    },
  };
  return ports;
}

/** The same, of a label of three classes. */
export const portsOfClasses = (changes: object = {}, label: object = {}) =>
  whatIfPorts(
    aPipeline({
      label: { name: 'urgency', kind: 'class', classes: threeClasses.classes, ...label },
      candidates: [{ kind: 'logistic', name: 'logistic' }],
      gates: { metric: 'logLoss', margin: 0.01 },
      expectations: { minRows: 100 },
    }),
    { ...threeClasses, ...changes },
  );
