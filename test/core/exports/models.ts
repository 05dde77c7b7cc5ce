import { createRandom } from '../../../core/base/random.ts';
import { type Row } from '../../../core/data/data.ts';
import { type Activation, activationNames } from '../../../core/model/numbers/activations.ts';
import {
  type Encoding,
  type MemberModel,
  type ModelArtifact,
  type ModelKind,
  type TrainedModel,
} from '../../../core/model/artifact.ts';
import { kindOfModel } from '../../../core/model/kinds/kinds.ts';
import { createEncoder, inputWidth } from '../../../core/model/preprocessing.ts';
import { parseArtifact } from '../../../core/model/scorer.ts';
import { decodeNumbers, encodeNumbers, encodeWeights } from '../../../core/model/numbers/weights.ts';
import { readFileSync } from 'node:fs';

const number = { kind: 'number', transform: 'identity', flagMissing: false } as const;
/** Every way of encoding a column, and names that a graph or a program might use for something else. */
const encodings: Encoding[] = [
  { ...number, column: 'amount', transform: 'log', median: 20, mean: 3, deviation: 1.2 },
  { ...number, column: 'node0', median: 4.5, mean: 5, deviation: 0.3, flagMissing: true },
  { ...number, column: 'score', transform: 'log', median: -1, mean: -0.5, deviation: 2, flagMissing: true },
  { kind: 'category', column: 'country of origin', levels: ['DE', 'ünïcode "quoted"', '3'] },
  { kind: 'category', column: 'is_online', levels: ['false', 'true'] },
  { kind: 'category', column: 'never seen', levels: [] },
  { kind: 'hour', column: 'hour' },
];
/** Ways in which networks read columns since they have robust inputs and many levels. */
const networkEncodings: Encoding[] = [
  { kind: 'robust', column: 'amount', transform: 'log', median: 20, scale: 1.2, flagMissing: true },
  { kind: 'robust', column: 'node0', transform: 'identity', median: 4.5, scale: 0.3, flagMissing: false },
  { kind: 'pieces', column: 'score', median: -1, edges: [-5, -1, 0, 0.5, 9], flagMissing: true },
  { kind: 'pieces', column: 'node0', median: 5, edges: [4.7, 5.2], flagMissing: false },
  {
    kind: 'category',
    column: 'country of origin',
    levels: ['DE'],
    shared: { inputs: 2, levels: ['ünïcode "quoted"', '3', 'FR'] },
  },
  ...encodings.slice(4),
];

/** Ordinary rows, and some that nobody would expect. */
export const rows: Row[] = [
  { amount: 19.5, node0: 5.1, score: 0, 'country of origin': 'DE', is_online: true, 'never seen': 'x', hour: 0 },
  { amount: 1e12, node0: -1e300, score: -7, 'country of origin': 'ünïcode "quoted"', is_online: false, hour: 23 },
  { amount: null, node0: null, score: null, 'country of origin': null, is_online: null, 'never seen': null, hour: null },
  { amount: -3, node0: 4.7, score: 1e-9, 'country of origin': 'atlantis', is_online: true, hour: -1 },
  { amount: 0, node0: 5, score: 2.5, 'country of origin': '3', is_online: false, hour: 12.7 },
  { amount: 16777217.25, node0: 5.30000000001, score: 0.1, 'country of origin': 'DE', is_online: true, hour: 41 },
]; // prettier-ignore

const trainedWith = { backend: 'wasm', epochs: 1, rows: 100, seconds: 1 };
const probe = { rows: [{}], logits: [0] };

function network(sizes: number[], of = encodings, outputs = 1, hidden: readonly Activation[] = ['relu']): MemberModel {
  const random = createRandom(sizes.join());
  const weights = (count: number): string =>
    encodeWeights(Float32Array.from({ length: count }, () => random.normal(0, 0.4)));
  const layers = [...sizes, outputs].map((units, i) => {
    const inputs = i === 0 ? inputWidth(of) : sizes[i - 1]!;
    const activation = i === sizes.length ? 'linear' : hidden[i % hidden.length]!;
    return { inputs, units, activation, kernel: weights(inputs * units), bias: weights(units) };
  });
  return { kind: 'network', layers, encodings: of, probe, trainedWith };
}

/** Members whose last layers are drawn apart. */
function tabm(members: number, hidden: number[], outputs = 1, spread = 0.4): MemberModel {
  const random = createRandom(hidden.join());
  const weights = (count: number): string =>
    encodeWeights(Float32Array.from({ length: count }, () => random.normal(0, spread)));
  const layers = [...hidden, outputs].map((units, i) => {
    const inputs = i === 0 ? inputWidth(networkEncodings) : hidden[i - 1]!;
    const kernels = i === hidden.length ? members : 1;
    const scale = i === 0 && { scale: weights(members * units) };
    return { inputs, units, kernel: weights(kernels * inputs * units), ...scale, bias: weights(members * units) };
  });
  return { kind: 'tabm', members, layers, encodings: networkEncodings, probe, trainedWith };
}

const plainEncodings = encodings.map(({ kind, column, ...rest }): Encoding => {
  return kind === 'category'
    ? { kind: 'level', column, levels: 'levels' in rest ? rest.levels : [] }
    : { kind: 'value', column, usual: 1 };
});

/** Splits by each column in turn: one tree is a chain of splits, the other a leaf. */
function trees(output: 'sum' | 'share', bases?: number[]): MemberModel {
  const count = plainEncodings.length;
  const each = (of: (split: number) => number): number[] => Array.from({ length: count }, (_, split) => of(split));
  const bySet = (split: number): boolean => plainEncodings[split]!.kind === 'level';
  return {
    kind: 'trees',
    output,
    base: output === 'share' ? 0.4 : -1.5,
    ...(bases && { bases }),
    splits: [count, 0],
    inputs: encodeNumbers(Uint16Array.from(each((split) => split))),
    nulls: encodeNumbers(Uint8Array.from(each((split) => (bySet(split) ? 2 : split % 2)))),
    cuts: encodeNumbers(
      Float32Array.from(each((split) => (bySet(split) ? split % 2 : [20, Infinity, 0.1, 0, 0, 0, 12][split]!))),
    ),
    left: encodeNumbers(Int32Array.from(each((split) => (split % 2 || split === count - 1 ? ~split : split + 1)))),
    right: encodeNumbers(
      Int32Array.from(each((split) => (split === count - 1 ? ~count : split % 2 ? split + 1 : ~split))),
    ),
    sets: encodeNumbers(Uint32Array.of(0b1010, 0, 0, 0, 0, 0, 0, 0, 0b0101, 0, 0, 0, 0, 0, 0, 0)),
    leaves: encodeNumbers(Float64Array.from([...each((split) => (split - 3) / 20), 0.15, 1 / 300])),
    encodings: plainEncodings,
    probe,
    trainedWith: { ...trainedWith, backend: 'none', epochs: 0, trees: 2 },
  };
}

function registered(model: TrainedModel, changes: Partial<ModelArtifact> = {}): ModelArtifact {
  const { encodings } = model;
  const whole = { ...model, ...changes } as ModelArtifact;
  const { run, runAll, input } = kindOfModel(whole).compile(whole, inputWidth(encodings));
  createEncoder(encodings).row(rows[0]!, input, 0);
  const logits = new Float64Array(model.classes?.length ?? 1);
  if (model.classes) runAll!(logits);
  else logits[0] = run();
  return {
    ...model,
    probe: { rows: [rows[0]!], logits: [...logits] },
    format: 1,
    pipeline: 'fraud',
    revision: 'r1',
    trainingRun: 'fraud/training/2026-01-04T03:00Z',
    candidate: 'mlp',
    calibration: { slope: 0.8, intercept: -0.3 },
    threshold: 0.4,
    ...changes,
  } as ModelArtifact;
}

const bent = {
  format: 2 as const,
  calibration: { slope: 0.8, intercept: -0.3, knots: { from: [-2.5, -0.4, 0.1, 0.9], to: [-4.1, -1.5, 0.2, 0.5] } },
};

/** Of models that read some columns in the same way and others in ways of their own. */
function ensemble(members: [weight: number, model: MemberModel][], ofShares: boolean): TrainedModel {
  const encodings = [...new Set(members.flatMap(([, model]) => model.encodings))];
  return {
    kind: 'ensemble',
    of: ofShares ? 'shares' : 'outputs',
    members: members.map(([weight, { encodings: own, probe: _probe, trainedWith: _trained, ...model }], i) => ({
      candidate: `member-${i}`,
      weight,
      reads: own.map((encoding) => encodings.indexOf(encoding)),
      model,
    })),
    encodings,
    probe,
    trainedWith: { ...trainedWith, backend: 'none', epochs: 0, models: members.length },
  };
}
const net = network([16, 8]);
const known: MemberModel = { kind: 'constant', output: -1, encodings, probe, trainedWith };

const ofNumbers = { target: { mean: 240.5, deviation: 37 }, threshold: null };

/** Models of each kind, by what is special about them. */
export const models: Record<ModelKind, Record<string, ModelArtifact>> = {
  network: {
    'with hidden layers': registered(network([16, 8])),
    'with robust inputs and many levels': registered(network([16, 8], networkEncodings)),
    'with every activation': registered(network(activationNames.map(() => 6), encodings, 1, activationNames)),
    'that sums its inputs': registered(network([])),
    'with isotonic calibration': registered(network([8]), bent),
    'of numbers': registered(network([8]), ofNumbers),
    'of a former release': parseArtifact(
      readFileSync(new URL('../../golden/models/network-without-kind.json', import.meta.url), 'utf8'),
    ),
  },
  tabm: {
    'of a class': registered(tabm(3, [7, 5])),
    'of numbers': registered(tabm(2, [6]), ofNumbers),
  },
  constant: {
    'of a class': registered({ kind: 'constant', output: -2.5, encodings, probe, trainedWith }),
    'of numbers': registered({ kind: 'constant', output: 0, encodings, probe, trainedWith }, ofNumbers),
    'without an input': registered({ kind: 'constant', output: 1.25, encodings: encodings.slice(5, 6), probe, trainedWith }),
  },
  trees: {
    boosted: registered(trees('sum')),
    'with isotonic calibration': registered(trees('sum'), bent),
    'of a forest': registered(trees('share')),
    'of numbers': registered(trees('sum'), ofNumbers),
  },
  ensemble: {
    'of classes': registered(ensemble([[0.5, net], [0.3, trees('sum')], [0.1, trees('share')], [0.1, tabm(3, [7, 5])]], true)),
    'of numbers': registered(ensemble([[0.5, trees('sum')], [0.25, net], [0.25, tabm(2, [6])]], false), ofNumbers),
    'of one': registered(ensemble([[1, net]], true)),
    'of sums': registered(ensemble([[0.5, network([])], [0.5, known]], false), ofNumbers),
  },
}; // prettier-ignore

const CLASSES = ['low', 'mid', 'high'];
const COSTS = [
  [0, 1, 1],
  [4, 0, 1],
  [50, 5, 0],
];
const several = (model: TrainedModel): TrainedModel => ({ ...model, classes: CLASSES });
/** Its logit is about the number of its only column. */
export function straightTabm(calibration: ModelArtifact['calibration']): ModelArtifact {
  const weights = (...list: number[]): string => encodeWeights(Float32Array.from(list));
  const first = { inputs: 1, units: 2, kernel: weights(1, -1), scale: weights(1, 1, 1, 1), bias: weights(0, 0, 0, 0) };
  const last = { inputs: 2, units: 1, kernel: weights(1, -1, 1.1, -1.1), bias: weights(0, 0.3) };
  const column: Encoding = { ...number, column: 'amount', median: 0, mean: 0, deviation: 1, furthest: 500 };
  const model: MemberModel = {
    kind: 'tabm',
    members: 2,
    layers: [first, last],
    encodings: [column],
    probe,
    trainedWith,
  };
  return registered(model, { format: 2, calibration });
}

/** What members have of their own is most of it. */
export const wideTabm = registered(several(tabm(64, [64], 3, 0.1)), {
  threshold: null,
  calibration: { slope: 5, intercept: 0 },
});
export const unusualTabm: Record<string, ModelArtifact> = {
  'when it is nearly certain': registered(tabm(3, [7, 5], 1, 1.5), { calibration: { slope: 0.4, intercept: -1 } }),
  'when it has many members and a steep calibration of classes': wideTabm,
  'when it has one member': registered(tabm(1, [6]), bent),
};

const ofSeveral = (model: TrainedModel): ModelArtifact =>
  registered(several(model), { threshold: null, calibration: { slope: 0.8, intercept: 0 } });
/** Of three classes: the trees of one round, of which the last splits nothing. */
const classTrees = (output: 'sum' | 'share'): TrainedModel => {
  const own = trees(output, output === 'share' ? [0.4, 0.3, 0.3] : [-1.5, 0.2, 0.7]);
  if (own.kind !== 'trees') return own;
  const leaves = [
    ...decodeNumbers(
      'Float64Array',
      own.leaves,
      own.splits.reduce((sum, of) => sum + of + 1, 0),
    ),
    0.02,
  ];
  return { ...own, splits: [...own.splits, 0], leaves: encodeNumbers(Float64Array.from(leaves)) };
};
const constantOfSeveral: MemberModel = {
  kind: 'constant',
  output: 0,
  outputs: [-0.2, 0.1, -1],
  encodings,
  probe,
  trainedWith,
};

/** The same, for labels of several classes. */
export const classModels: Record<ModelKind, Record<string, ModelArtifact>> = {
  network: {
    'with hidden layers': ofSeveral(network([16, 8], networkEncodings, 3)),
    'that sums its inputs': ofSeveral(network([], encodings, 3)),
    'that answers by costs': { ...ofSeveral(network([], encodings, 3)), format: 3, costs: COSTS },
  },
  tabm: { 'of members': ofSeveral(tabm(3, [7, 5], 3)) },
  constant: { 'of shares': ofSeveral(constantOfSeveral) },
  trees: { boosted: ofSeveral(classTrees('sum')), 'of a forest': ofSeveral(classTrees('share')) },
  ensemble: {
    'of several': ofSeveral(
      ensemble([[0.4, network([8], encodings, 3)], [0.3, classTrees('sum') as MemberModel], [0.1, classTrees('share') as MemberModel], [0.2, tabm(3, [7, 5], 3)]], true),
    ),
    'of one': ofSeveral(ensemble([[1, tabm(2, [6], 3)]], true)),
  },
}; // prettier-ignore
