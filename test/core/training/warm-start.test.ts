import { type ModelArtifact } from '../../../core/model/artifact.ts';
import { encodeWeights } from '../../../core/model/numbers/weights.ts';
import { candidateSchema, type Candidate } from '../../../core/recipes/index.ts';
import { type Judged, warmStartOf } from '../../../core/training/warm-start/choose.ts';
import { warmStartInWords, warmStartOfVersion } from '../../../core/training/warm-start/warm-start.ts';
import { type ModelVersion, type Splits } from '../../../core/training/training.ts';
import assert from 'node:assert/strict';

const day = (of: number): string => new Date(Date.UTC(2026, 0, of)).toISOString();
/** Each part 10 days long, with a day between. */
const splitsFrom = (first: number): Splits => ({
  from: day(first),
  selection: day(first + 31),
  calibration: day(first + 42),
  holdout: day(first + 53),
  to: day(first + 63),
  ends: { train: day(first + 30), selection: day(first + 41), calibration: day(first + 52) },
});
const zeros = (length: number): string => encodeWeights(new Float32Array(length));
const layersOf = (units: number[]) =>
  units.map((width, i) => ({
    inputs: units[i - 1] ?? 1,
    units: width,
    activation: i === units.length - 1 ? ('linear' as const) : ('relu' as const),
    kernel: zeros((units[i - 1] ?? 1) * width),
    bias: zeros(width),
  }));
const columns = { amount: { kind: 'number', nulls: 0 }, device: { kind: 'category', nulls: 0 } } as const;
const mlp = (name: string, hidden = [8, 4], options = {}): Candidate =>
  candidateSchema.parse({ kind: 'mlp', name, hidden, ...options });
const boosted = candidateSchema.parse({ kind: 'boosted', name: 'boosted' });

const network = {
  candidate: 'mlp',
  kind: 'network',
  encodings: [
    { kind: 'number', column: 'amount', transform: 'identity', median: 0, mean: 0, deviation: 1, flagMissing: false },
  ],
  layers: layersOf([8, 4, 1]),
} as unknown as ModelArtifact;

const champion = (changes: Partial<Judged> = {}): Judged => ({
  version: { version: 12, candidate: 'mlp', splits: splitsFrom(1) } as ModelVersion,
  artifact: network,
  objectKey: 'models/judged.json',
  sha256: 'ab',
  columns,
  specs: new Map([['mlp', mlp('mlp')]]),
  ...changes,
});
const asked = (candidates: Candidate[] = [mlp('mlp'), boosted]) => ({
  candidates,
  columns,
  label: { kind: 'binary' } as Parameters<typeof warmStartOf>[0]['label'],
});
/** Learns from rows of its first 30 days: those that v12 read end on the 42nd. */
const later = { splits: splitsFrom(12), folds: null };

describe('a warm start', () => {
  const whyNot = (...args: Parameters<typeof warmStartOf>): string => {
    const decided = warmStartOf(...args);
    return 'whyNot' in decided ? decided.whyNot : 'it starts warm';
  };

  it('tries a declared network once again from the champion’s weights', () => {
    assert.deepEqual(warmStartOf(asked(), later, champion()), {
      candidate: { ...mlp('mlp'), name: 'mlp-from-v12' },
      version: 12,
      network: 'mlp',
      objectKey: 'models/judged.json',
      sha256: 'ab',
    });
  });

  it('goes on from what was itself started from earlier weights, with the options declared now', () => {
    const declared = [
      mlp('wide', [64]),
      mlp('slow', [8, 4], { learningRate: 0.001 }),
      mlp('mlp', [8, 4], { epochs: 30 }),
    ];
    const artifact = { ...network, candidate: 'mlp-from-v11' };
    const before = champion({ artifact, specs: new Map([['mlp-from-v11', mlp('mlp-from-v11')]]) });
    const decided = warmStartOf(asked(declared), later, before);
    assert.deepEqual('candidate' in decided && decided.candidate, { ...declared[2], name: 'mlp-from-v12' });
  });

  it('takes the member of an average that a declared candidate is like', () => {
    const { layers } = network as Extract<ModelArtifact, { kind: 'network' }>;
    const members = [
      { candidate: 'trees', weight: 0.5, reads: [0], model: { kind: 'trees' } },
      { candidate: 'wide', weight: 0.3, reads: [0], model: { kind: 'network', layers: layersOf([64, 1]) } },
      { candidate: 'mlp', weight: 0.2, reads: [0], model: { kind: 'network', layers } },
    ];
    const artifact = { ...network, kind: 'ensemble', candidate: 'both', members } as unknown as ModelArtifact;
    const specs = new Map([['wide', mlp('wide', [64])], ['mlp', mlp('mlp')]]); // prettier-ignore
    const decided = warmStartOf(asked(), later, champion({ artifact, specs }));
    assert.deepEqual('network' in decided && decided.network, 'mlp');
  });

  it('has no row judge that the champion learnt from or was stopped by', () => {
    assert.equal(
      whyNot(asked(), { splits: splitsFrom(11), folds: null }, champion()),
      'v12 learnt from rows until 2026-02-11T00:00Z, and only rows before 2026-02-10T00:00Z may teach this training',
    );
    const folds = { count: 5, by: 'day', declared: false } as const;
    assert.match(
      whyNot(asked(), { ...later, folds }, champion()),
      /measured in folds, on rows that v12 has learnt from/,
    );
    const by = { kind: 'group', unit: 'shop', of: 'column', holdoutFrom: 0.9, notBefore: null } as const;
    assert.match(
      whyNot(asked(), { ...later, splits: { ...later.splits, by } }, champion()),
      /cannot tell which rows v12/,
    );
  });

  it('says what else keeps a training from one', () => {
    assert.equal(whyNot(asked(), later, null), 'no version served yet');
    assert.equal(
      whyNot(asked(), later, champion({ specs: new Map() })),
      'with which options v12 was trained is not known',
    );
    assert.equal(
      whyNot(asked([mlp('mlp', [8])]), later, champion()),
      'no candidate is a network with the recipe and the units of v12 (mlp)',
    );
    const other = champion({ columns: { ...columns, device: { kind: 'boolean', nulls: 0 } } });
    assert.equal(whyNot(asked(), later, other), 'v12 was trained on other columns');
    const nulls = champion({ columns: { ...columns, amount: { kind: 'number', nulls: 0.1, max: 3 } } });
    assert.equal(whyNot(asked(), later, nulls), 'it starts warm');
    const trees = champion({ artifact: { ...network, kind: 'trees' } as unknown as ModelArtifact });
    assert.equal(whyNot(asked(), later, trees), 'v12 (mlp) is no network and averages none');
    const numbers = champion({ artifact: { ...network, target: { mean: 0, deviation: 1 } } });
    assert.equal(whyNot(asked(), later, numbers), 'the label has another kind or other classes than v12 learnt');
  });

  it('is told of a version by what came of it', () => {
    const warm = warmStartOf(asked(), later, champion());
    const told = (winner: string, averaged: string[] = []) =>
      warmStartInWords(warmStartOfVersion(warm, winner, averaged));
    assert.equal(
      told('mlp-from-v12'),
      'It started from the weights of v12, and did best on rows that v12 had not seen.',
    );
    assert.equal(told('both', ['mlp-from-v12']), 'One of the models that it averages, mlp-from-v12, started from the weights of v12.'); // prettier-ignore
    assert.equal(
      told('mlp'),
      'Its candidates started from nothing, but for mlp-from-v12, which started from the weights of v12 and did not win.',
    );
    assert.equal(
      warmStartInWords(warmStartOfVersion({ whyNot: 'no version served yet' }, 'mlp', [])),
      'Its candidates started from nothing: no version served yet.',
    );
  });
});
