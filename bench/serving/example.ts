import {
  categoryBins,
  hourBins,
  makeBins,
  makeBinning,
  scoreBins,
  type Binning,
} from '../../core/data/profiles/binning.ts';
import { type Row } from '../../core/data/data.ts';
import { type Encoding, type ModelArtifact } from '../../core/model/artifact.ts';
import { compileScorer } from '../../core/model/scorer.ts';
import { inputWidth } from '../../core/model/preprocessing.ts';
import { parsePipeline, type Pipeline } from '../../core/declaration/pipeline.ts';

/** Eight numbers, three categories of eight levels and the hour: the shape of a card transaction. */
const NUMBERS = ['amount', 'distance', 'recent', 'age', 'balance', 'limit_used', 'merchants', 'declines'];
const CATEGORIES = ['merchant', 'device', 'country'];
export const LEVELS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

export function examplePipeline(): Pipeline {
  const connection = { env: 'BENCH_DB_URL' };
  return parsePipeline(
    {
      name: 'bench',
      source: { kind: 'postgres', connection, table: 'rows', key: 'id', time: 'at' },
      columns: {
        ...Object.fromEntries(NUMBERS.map((name) => [name, { kind: 'number' }])),
        ...Object.fromEntries(CATEGORIES.map((name) => [name, { kind: 'category' }])),
        hour: { kind: 'hour' },
      },
      label: {
        name: 'label',
        facts: { kind: 'postgres', connection, table: 'labels', key: 'id', value: 'label', observedAt: 'at' },
        maturesAfter: '7 days',
        whenAbsent: 0,
      },
      candidates: [{ kind: 'mlp', name: 'mlp' }],
      gates: { metric: 'averagePrecision', margin: 0.01 },
    },
    'the benchmark',
  );
}

/** The i-th row; the same ones go to both servers. */
export const exampleRow = (i: number): Row => ({
  ...Object.fromEntries(NUMBERS.map((name, at) => [name, Math.round(100 * Math.sin(i * 7 + at)) / 100])),
  ...Object.fromEntries(CATEGORIES.map((name, at) => [name, LEVELS[(i * 3 + at) % LEVELS.length]!])),
});

export const exampleBinning = (): Binning =>
  makeBinning({
    ...Object.fromEntries(
      NUMBERS.map((name) => [
        name,
        makeBins(Float64Array.from({ length: 5_000 }, (_, i) => Number(exampleRow(i)[name]))),
      ]),
    ),
    ...Object.fromEntries(CATEGORIES.map((name) => [name, categoryBins(LEVELS.map((level) => ({ level, rows: 1 })))])),
    hour: hourBins(),
    _score: scoreBins(),
  });

/** A 64-32-1 network with weights of no meaning: what it costs to score does not depend on them. */
export function exampleArtifact(): string {
  const encodings: Encoding[] = [
    ...NUMBERS.map((column) => ({
      kind: 'number' as const,
      column,
      transform: 'identity' as const,
      median: 0,
      mean: 0,
      deviation: 1,
      flagMissing: false,
    })),
    ...CATEGORIES.map((column) => ({ kind: 'category' as const, column, levels: LEVELS })),
    { kind: 'hour', column: 'hour' },
  ];
  const sizes = [inputWidth(encodings), 64, 32, 1];
  const layers = sizes.slice(1).map((units, i) => ({
    inputs: sizes[i]!,
    units,
    activation: i < 2 ? ('relu' as const) : ('linear' as const),
    kernel: floats(sizes[i]! * units),
    bias: floats(units),
  }));
  const model: ModelArtifact = {
    format: 1,
    pipeline: 'bench',
    revision: 'r1',
    trainingRun: 'bench',
    candidate: 'mlp',
    kind: 'network',
    encodings,
    layers,
    probe: { rows: [], logits: [] },
    trainedWith: { backend: 'none', tensorflow: 'none', epochs: 0, rows: 0, seconds: 0 },
    calibration: { slope: 1, intercept: 0 },
    threshold: 0.5,
  };
  const rows = [0, 1, 2].map((i) => ({ ...exampleRow(i), hour: i }));
  const scorer = compileScorer(model);
  return JSON.stringify({ ...model, probe: { rows, logits: rows.map((row) => scorer.logit(row)) } });
}

const floats = (count: number): string =>
  Buffer.from(Float32Array.from({ length: count }, (_, i) => Math.sin(i * 12.9898) * 0.2).buffer).toString('base64');
