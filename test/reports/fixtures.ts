import {
  booleanBins,
  categoryBins,
  hourBins,
  makeBinning,
  makeBins,
  SCORE,
  type ColumnBins,
} from '../../core/data/profiles/binning.ts';
import type { Example, Expectation, Row, Snapshot, SnapshotSummary, Value } from '../../core/data/data.ts';
import { judge } from '../../core/drift/compare.ts';
import type { Verdict } from '../../core/drift/verdict.ts';
import { judgeExpectations } from '../../core/expectations/index.ts';
import type { Metrics } from '../../core/metrics/metrics.ts';
import { parsePipeline, type Pipeline, type PipelineInput } from '../../core/declaration/pipeline.ts';
import { countRow, emptyProfile, type Profile } from '../../core/data/profiles/profile.ts';
import { createRandom, type Random } from '../../core/base/random.ts';
import { type Insight } from '../../core/explaining/insight.ts';
import { redactorOf } from '../../core/declaration/redaction/redaction.ts';
import type { CandidateResult, ModelVersion, TrainingSet } from '../../core/training/training.ts';
import type { DriftReport } from '../../reports/drift/drift-report.ts';
import type { ModelCard } from '../../reports/card/model-card.ts';
import type { QualityReport } from '../../reports/quality-report.ts';

const declaration: PipelineInput = {
  name: 'fraud',
  description: 'Card payments that the holder will dispute',
  source: {
    kind: 'postgres',
    connection: { env: 'FRAUD_DB_URL' },
    table: 'shop.payments',
    key: 'id',
    time: 'paid_at',
    entity: 'card_id',
  },
  columns: {
    amount: { kind: 'number', min: 0, max: 20_000 },
    hour: { kind: 'hour' },
    merchant: { kind: 'category' },
    country: { kind: 'category' },
    online: { kind: 'boolean' },
    distance_km: { kind: 'number', min: 0, nulls: 0.05 },
    card_age_days: { kind: 'number', min: 0 },
    payments_1h: { kind: 'number', min: 0 },
    payments_24h: { kind: 'number', min: 0 },
    spent_7d: { kind: 'number', min: 0 },
    device: { kind: 'category', levels: ['phone', 'computer', 'terminal'], nulls: 0.02 },
    balance: { kind: 'number' },
  },
  label: {
    name: 'disputed',
    facts: {
      kind: 'postgres',
      connection: { env: 'FRAUD_DB_URL' },
      table: 'shop.disputes',
      key: 'payment_id',
      value: 'disputed',
      observedAt: 'observed_at',
    },
    maturesAfter: '7 days',
    whenAbsent: 0,
  },
  expectations: { minRows: 1000, freshWithin: '1 day', labelShare: { min: 0.001, max: 0.05 } },
  candidates: [
    { kind: 'logistic', name: 'logistic' },
    { kind: 'mlp', name: 'mlp-small' },
    { kind: 'mlp', name: 'mlp-wide', hidden: [128, 64] },
  ],
  gates: { metric: 'averagePrecision', margin: 0.01 },
  drift: { warn: 0.15, severe: 0.2, weights: { amount: 2 } },
};

export const aPipeline = (changes: Partial<PipelineInput> = {}): Pipeline =>
  parsePipeline({ ...declaration, ...changes }, 'test');

const pickBy = (random: Random, weights: Record<string, number>): string => {
  let left = random.uniform();
  for (const [level, weight] of Object.entries(weights)) if ((left -= weight) < 0) return level;
  return Object.keys(weights).at(-1)!;
};

/** A payment; `moved` is the world after thieves have changed their ways. */
function payment(random: Random, moved: boolean): Row {
  const logNormal = (centre: number, spread: number): number => Math.exp(random.normal(Math.log(centre), spread));
  const few = (share: number): number => {
    let value = 0;
    while (random.uniform() < share && value < 20) value++;
    return value;
  };
  const round = (value: number): number => Math.round(value * 100) / 100;
  const missing = (share: number, value: Value): Value => (random.uniform() < share ? null : value);
  return {
    amount: round(logNormal(moved ? 55 : 34, moved ? 1.25 : 1)),
    hour: Math.floor((random.uniform() + random.uniform()) * 12),
    merchant: pickBy(
      random,
      moved
        ? {
            groceries: 0.2,
            electronics: 0.28,
            travel: 0.1,
            restaurants: 0.12,
            fuel: 0.1,
            'gift cards': 0.14,
            other: 0.06,
          }
        : {
            groceries: 0.34,
            electronics: 0.12,
            travel: 0.1,
            restaurants: 0.2,
            fuel: 0.14,
            'gift cards': 0.03,
            other: 0.07,
          },
    ),
    country: pickBy(random, { DE: 0.41, FR: 0.22, NL: 0.12, BE: 0.08, AT: 0.07, PL: 0.05, IT: 0.03, ES: 0.02 }),
    online: random.uniform() < (moved ? 0.36 : 0.33),
    distance_km: missing(moved ? 0.17 : 0.02, random.uniform() < 0.3 ? 0 : round(logNormal(moved ? 19 : 12, 1.4))),
    card_age_days: Math.floor(logNormal(420, 0.8)),
    payments_1h: few(0.2),
    payments_24h: few(0.62),
    spent_7d: round(logNormal(210, 0.9)),
    device: missing(0.01, pickBy(random, { phone: 0.46, computer: 0.2, terminal: 0.34 })),
    balance: round(random.normal(1400, 900)),
    [SCORE]: 1 / (1 + Math.exp(-random.normal(moved ? -4.1 : -5, 1.5))),
  };
}

const drawn = new Map<string, Row[]>();
function rowsOf(seed: string, rows: number, moved: boolean): Row[] {
  const name = `${seed} ${rows} ${moved}`;
  const random = createRandom(seed);
  const all = drawn.get(name) ?? Array.from({ length: rows }, () => payment(random, moved));
  drawn.set(name, all);
  return all;
}

function binsOf(name: string, kind: Pipeline['columns'][string]['kind'], rows: Row[]): ColumnBins {
  if (kind === 'hour') return hourBins();
  if (kind === 'boolean') return booleanBins();
  const values = rows.map((row) => row[name]!).filter((value) => value !== null);
  if (kind === 'number') return makeBins(Float64Array.from(values, Number));
  const held = new Map<string, number>();
  for (const value of values) held.set(String(value), (held.get(String(value)) ?? 0) + 1);
  return categoryBins([...held].map(([level, count]) => ({ level, rows: count })));
}

/** A whole drift report's worth of data, judged by the real rules. */
export function aDriftReport({
  pipeline = aPipeline(),
  moved = true,
  rows = 4000,
  verdict = {},
}: { pipeline?: Pipeline; moved?: boolean; rows?: number; verdict?: Partial<Verdict> } = {}): DriftReport {
  const before = rowsOf('before', 12_000, false);
  const now = rowsOf('now', rows, moved);
  const binning = makeBinning(
    Object.fromEntries(Object.entries(pipeline.columns).map(([name, { kind }]) => [name, binsOf(name, kind, before)])),
  );
  const profileOf = (all: Row[]): Profile => {
    const profile = emptyProfile(binning);
    for (const row of all) countRow(profile, binning, row);
    return profile;
  };
  const reference = profileOf(before);
  const current = profileOf(now);
  const scores = { referenceScore: reference.columns[SCORE]!, currentScore: current.columns[SCORE]! };
  const redact = redactorOf(pipeline);
  return {
    reference: redact.profile(reference),
    current: redact.profile(current),
    pipeline: redact.pipeline(),
    binning: redact.binning(binning),
    referenceScore: redact.score(scores.referenceScore),
    currentScore: redact.score(scores.currentScore),
    verdict: redact.verdict({
      id: 'b7a1c04e9d2f6538',
      pipeline: pipeline.name,
      asOf: '2026-03-04T09:00:00.000Z',
      window: { from: '2026-03-03T09:00:00.000Z', to: '2026-03-04T09:00:00.000Z' },
      version: 3,
      binning: binning.id,
      since: moved ? '2026-03-03T21:00:00.000Z' : null,
      performance: [],
      reportKey: null,
      ...judge({ reference, current, pipeline, binning, ...scores }),
      ...verdict,
    }),
  };
}

const result = (candidate: string, averagePrecision: number, epochs: number, seconds: number): CandidateResult => ({
  candidate,
  objectKey: `candidates/${candidate}.json`,
  sha256: '0'.repeat(64),
  selection: {
    rows: 12_050,
    positives: 151,
    averagePrecision,
    rocAuc: 0.9 + averagePrecision / 12,
    logLoss: 0.041,
    brier: 0.0093,
  },
  epochs,
  seconds,
  backend: 'wasm',
  whyNotNative: 'it is not on this machine',
});

const splits = {
  from: '2026-01-25T00:00:00.000Z',
  selection: '2026-02-11T06:00:00.000Z',
  calibration: '2026-02-15T12:00:00.000Z',
  holdout: '2026-02-18T09:00:00.000Z',
  to: '2026-02-22T14:00:00.000Z',
};

const trainingSet: Pick<TrainingSet, 'rows' | 'positives'> = {
  rows: { train: 48_210, selection: 12_050, calibration: 8_033, holdout: 12_048 },
  positives: { train: 602, selection: 151, calibration: 98, holdout: 149 },
};

export function aModelVersion(changes: Partial<ModelVersion> = {}): ModelVersion {
  return {
    pipeline: 'fraud',
    version: 4,
    revision: '5f1d0c77a9be2e34',
    trainingRun: 'fraud-2026-03-01T03:00Z-3fa9c1',
    candidate: 'mlp-wide',
    objectKey: 'models/fraud/v4.json',
    sha256: 'c2b7a0d4e1f98356c2b7a0d4e1f98356c2b7a0d4e1f98356c2b7a0d4e1f98356',
    stage: 'production',
    cardKey: null,
    snapshot: '91c0de55aa01f3b7',
    asOf: '2026-03-01T03:00:00.000Z',
    splits,
    evaluation: {
      challenger: {
        rows: 12_048,
        positives: 149,
        averagePrecision: 0.6128,
        rocAuc: 0.9611,
        logLoss: 0.0384,
        brier: 0.0081,
      },
      champion: {
        rows: 12_048,
        positives: 149,
        averagePrecision: 0.5514,
        rocAuc: 0.9402,
        logLoss: 0.0437,
        brier: 0.0091,
      },
      difference: { metric: 'averagePrecision', estimate: 0.0614, low: 0.0231, high: 0.0988 },
      afterDrift: null,
    },
    gate: {
      passed: true,
      outcome: 'passed',
      reason:
        'Better than the champion by 0.0614 on average precision (95 % interval 0.0231 to 0.0988); the margin is 0.01.',
    },
    createdAt: '2026-03-01T03:06:12.000Z',
    ...changes,
  };
}

const snapshotRows = 86_410;

/** What the fixture's snapshot holds. `broken`: a source that fills columns badly. */
/** A declared limit that two rows broke. */
export const brokenLimit: Expectation = {
  column: 'amount',
  name: 'range',
  allowed: 'up to 4321',
  observed: '',
  passed: false,
  unexpected: 2,
};

export const aSummary = (broken = false): SnapshotSummary => {
  const rows = snapshotRows;
  const number = (column: string, nulls: number, min: number, max: number, mean: number, below = 0) => ({
    column,
    rows,
    nulls,
    min,
    max,
    mean,
    below,
    above: 0,
    undeclared: 0,
    levels: [],
  });
  const levels = (column: string, nulls: number, held: Record<string, number>, undeclared = 0) => ({
    column,
    rows,
    nulls,
    min: null,
    max: null,
    mean: null,
    below: 0,
    above: 0,
    undeclared,
    levels: Object.entries(held).map(([level, count]) => ({ level, rows: count })),
  });
  return {
    rows,
    duplicateKeys: broken ? 12 : 0,
    oldest: '2026-01-25T00:00:04.000Z',
    newest: '2026-03-01T01:58:41.000Z',
    columns: [
      number('amount', 0, broken ? -4.5 : 0.42, 18_240.5, 61.87, broken ? 3 : 0),
      number('hour', 0, 0, 23, 13.2),
      levels('merchant', 0, {
        groceries: 29_340,
        restaurants: 17_280,
        fuel: 12_120,
        electronics: 10_390,
        travel: 8_640,
        other: 6_050,
        'gift cards': 2_590,
      }),
      levels('country', 0, {
        DE: 35_428,
        FR: 19_010,
        NL: 10_369,
        BE: 6_913,
        AT: 6_049,
        PL: 4_320,
        IT: 2_592,
        ES: 1_600,
        LU: 90,
        CH: 39,
      }),
      levels('online', 0, { false: 57_894, true: 28_516 }),
      number('distance_km', broken ? 9_870 : 1_710, 0, 9_120.4, 41.3),
      number('card_age_days', 0, 0, 6_512, 577.1),
      number('payments_1h', 0, 0, 9, 0.251),
      number('payments_24h', 0, 0, 20, 1.63),
      number('spent_7d', 0, 1.2, 24_110, 315.4),
      levels(
        'device',
        860,
        broken
          ? { phone: 39_300, terminal: 29_080, computer: 17_090, '<b>watch</b>': 80 }
          : { phone: 39_380, terminal: 29_080, computer: 17_090 },
        broken ? 80 : 0,
      ),
      number('balance', 0, -2_310.7, 5_480.2, 1_399.6),
    ],
  };
};

/** Of the rows that are not as expected when the source is broken. */
const examples: Example[] = [
  { column: null, name: 'duplicate keys', value: 'p-1207', rows: 13, key: 'p-1207', time: '2026-02-27T08:15:00.000Z' },
  {
    column: 'amount',
    name: 'values below the minimum',
    value: -4.5,
    rows: 2,
    key: 'p-88',
    time: '2026-02-11T23:59:59.000Z',
  },
  {
    column: 'amount',
    name: 'values below the minimum',
    value: -0.01,
    rows: 1,
    key: 'p-9',
    time: '2026-02-12T00:00:00.000Z',
  },
  { column: 'distance_km', name: 'nulls', value: null, rows: 1, key: 'p-1', time: '2026-01-25T00:00:04.000Z' },
  {
    column: 'device',
    name: 'undeclared levels',
    value: '<b>watch</b>',
    rows: 80,
    key: 'p-4',
    time: '2026-02-20T12:00:00.000Z',
  },
];

export function aSnapshot(pipeline: Pipeline, summary: SnapshotSummary): Snapshot {
  const asOf = '2026-03-01T02:00:00.000Z';
  const expectations = judgeExpectations(pipeline, summary, { rows: 68_000, positives: 850 }, asOf);
  const part = {
    id: 'e1/1',
    extraction: 'e1',
    number: 1,
    kind: 'rows' as const,
    objectKey: 'parts/1.parquet',
    sha256: '0'.repeat(64),
    rows: snapshotRows,
    bytes: 1_402_880,
    from: '2026-01-25T00:00:00.000Z',
    to: '2026-03-01T02:00:00.000Z',
  };
  return {
    id: '91c0de55aa01f3b7',
    pipeline: pipeline.name,
    revision: '5f1d0c77a9be2e34',
    asOf,
    status: expectations.every(({ passed }) => passed) ? 'published' : 'quarantined',
    parts: [part, { ...part, id: 'e2/1', extraction: 'e2', kind: 'labels', rows: 1_020 }],
    rows: summary.rows,
    expectations,
    reportKey: null,
  };
}

export function aQualityReport(broken = false, pipeline = aPipeline()): QualityReport {
  const summary = aSummary(broken);
  const redact = redactorOf(pipeline);
  return {
    pipeline: redact.pipeline(),
    summary: redact.summary(summary),
    examples: redact.examples(broken ? examples : []),
    snapshot: redact.snapshot(aSnapshot(pipeline, summary)),
    unread: [],
    leftOut: { withoutTime: 0, older: 0, from: '2026-01-01T00:00:00.000Z' },
  };
}

/** What a version goes by: one column that tells most, one that tells nothing, and the curves of two. */
export const anInsight = (): Insight => ({
  rows: 6_024,
  of: 12_048,
  metric: 'averagePrecision',
  value: 0.6114,
  permutations: 5,
  importance: [
    { column: 'amount', loss: 0.2913, low: 0.2511, high: 0.3315 },
    { column: 'merchant', loss: 0.0424, low: 0.0199, high: 0.0649 },
    { column: 'balance', loss: -0.0004, low: -0.0021, high: 0.0013 },
  ],
  unmeasured: ['device'],
  dependence: [
    {
      column: 'amount',
      rows: 300,
      points: [
        { value: 4.5, mean: 0.008, low: 0.004, high: 0.012 },
        { value: 34.1, mean: 0.011, low: 0.007, high: 0.016 },
        { value: 940, mean: 0.212, low: 0.08, high: 0.41 },
        { value: null, share: 0.02, mean: 0.03, low: 0.02, high: 0.05 },
      ],
    },
    {
      column: 'merchant',
      rows: 300,
      points: [
        { value: 'groceries', share: 0.34, mean: 0.012, low: 0.01, high: 0.02 },
        { value: 'gift cards', share: 0.02, mean: 0.094, low: 0.05, high: 0.14 },
      ],
    },
  ],
});

export function aModelCard(changes: Partial<ModelVersion> = {}, pipeline = aPipeline()): ModelCard {
  const redact = redactorOf(pipeline);
  const number = { kind: 'number', transform: 'log', mean: 3.4, deviation: 1.1, flagMissing: false } as const;
  return {
    version: aModelVersion(changes),
    candidates: [
      result('logistic', 0.4821, 8, 3.1),
      result('mlp-wide', 0.6207, 8, 14.9),
      result('mlp-small', 0.6033, 7, 9.4),
    ],
    pipeline: redact.pipeline(),
    artifact: redact.model({
      encodings: [
        { ...number, column: 'amount', median: 34.1 },
        { kind: 'hour', column: 'hour' },
        {
          kind: 'category',
          column: 'merchant',
          levels: ['groceries', 'restaurants', 'fuel', 'electronics', 'travel', 'other', 'gift cards'],
        },
        { kind: 'category', column: 'country', levels: ['DE', 'FR', 'NL', 'BE', 'AT', 'PL', 'IT', 'ES'] },
        { kind: 'category', column: 'online', levels: ['false', 'true'] },
        { ...number, column: 'distance_km', median: 7.9, flagMissing: true },
        { ...number, column: 'card_age_days', median: 419 },
        { ...number, column: 'payments_1h', median: 0 },
        { ...number, column: 'payments_24h', median: 1 },
        { ...number, column: 'spent_7d', median: 210.4 },
        { kind: 'category', column: 'device', levels: ['phone', 'terminal', 'computer'] },
        { ...number, column: 'balance', transform: 'identity', median: 1401 },
      ],
      calibration: { slope: 0.874, intercept: -0.312 },
      threshold: 0.2431,
      trainedWith: { backend: 'wasm', tensorflow: '4.22.0', epochs: 8, rows: 48_210, seconds: 14.9 },
    }),
    snapshot: redact.snapshot(aSnapshot(pipeline, aSummary())),
    trainingSet,
    insight: redact.insight(anInsight()),
    environment: { release: '0.1.0', node: 'v22.1.0', system: 'Linux 6.1.0 x64', cores: 2 },
    cycle: {
      id: 'fraud-2026-03-01T03:00Z-3fa9c1',
      pipeline: 'fraud',
      reason: 'schedule',
      asOf: '2026-03-01T03:00:00.000Z',
      driftSince: null,
      requests: ['3fa9c1'],
      reopened: 0,
      outcome: null,
    },
  };
}

/** A card of a pipeline whose label is one of three classes; of the third there are few. */
export function aClassCard(label: Partial<Pipeline['label']> = {}): ModelCard {
  const card = aModelCard();
  const pipeline = aPipeline({
    name: 'urgency',
    description: 'How soon a ticket must be answered',
    label: { name: 'urgency', kind: 'class', classes: ['low', 'mid', 'high'], ...label },
    expectations: { minRows: 100 },
    candidates: [{ kind: 'logistic', name: 'logistic' }],
    gates: { metric: 'logLoss', margin: 0.01 },
  });
  const metrics = (logLoss: number): Metrics => ({
    rows: 12_048,
    positives: 48,
    logLoss,
    accuracy: 0.8,
    macroF1: 0.71,
    macroRocAuc: 0.93,
    confusion: [6_000, 900, 100, 1_000, 4_000, 0, 20, 28, 0],
  });
  const evaluation = {
    challenger: metrics(0.51),
    champion: metrics(0.58),
    difference: { metric: 'logLoss' as const, estimate: 0.07, low: 0.04, high: 0.1 },
    afterDrift: null,
  };
  const trained = { epochs: 8, seconds: 3.1, backend: 'none', objectKey: 'models/urgency/logistic.json', sha256: 'ab' };
  const redact = redactorOf(pipeline);
  return {
    ...card,
    insight: redact.insight({ ...anInsight(), metric: 'logLoss', value: 0.51, dependence: [] }),
    pipeline: redact.pipeline(),
    version: aModelVersion({
      pipeline: 'urgency',
      candidate: 'logistic',
      evaluation,
      gate: { passed: true, outcome: 'passed', reason: 'The challenger is better by the margin.' },
    }),
    candidates: [{ candidate: 'logistic', selection: metrics(0.53), ...trained }],
    artifact: { ...card.artifact, calibration: { slope: 1.2, intercept: 0 }, threshold: null },
  };
}

/** A card of a pipeline whose label is a number. */
export function aNumberCard(): ModelCard {
  const card = aModelCard();
  const pipeline = aPipeline({
    name: 'demand',
    description: 'How many bicycles will be wanted in an hour',
    label: { name: 'demand', kind: 'number', maturesAfter: '2 hours' },
    expectations: { minRows: 100 },
    candidates: [{ kind: 'linear', name: 'linear' }],
    gates: { metric: 'rmse', margin: 0.1 },
  });
  const metrics = (rmse: number): Metrics => ({
    rows: 12_048,
    positives: 0,
    averagePrecision: null,
    rocAuc: null,
    logLoss: null,
    brier: null,
    rmse,
    mae: rmse * 0.7,
    r2: 1 - (rmse / 12.5) ** 2,
    spread: { deviation: 12.5, absolute: 10 },
    residuals: { mean: 0.31, low: -6.4, middle: -0.12, high: 7.2 },
  });
  const evaluation = {
    challenger: metrics(4.2),
    champion: metrics(5.1),
    difference: { metric: 'rmse' as const, estimate: 0.9, low: 0.4, high: 1.4 },
    errors: {
      smape: { value: 0.21, low: 0.2, high: 0.22 },
      coverage: { value: 0.893, low: 0.871, high: 0.915 },
      width: { value: 13.4, low: 12.9, high: 13.9 },
    },
    afterDrift: null,
  };
  const trained = { epochs: 8, seconds: 3.1, backend: 'wasm', objectKey: 'models/demand/linear.json', sha256: 'ab' };
  return {
    ...card,
    insight: redactorOf(pipeline).insight({ ...anInsight(), metric: 'rmse', value: 4.2 }),
    pipeline: redactorOf(pipeline).pipeline(),
    version: aModelVersion({
      pipeline: 'demand',
      candidate: 'linear',
      evaluation,
      gate: { passed: true, outcome: 'passed', reason: 'The challenger is better by the margin.' },
    }),
    candidates: [{ candidate: 'linear', selection: metrics(4.4), ...trained }],
    artifact: {
      ...card.artifact,
      calibration: { slope: 1, intercept: 0 },
      threshold: null,
      target: { mean: 41.2, deviation: 12.5 },
      interval: { coverage: 0.9, rows: 20_080 },
    },
  };
}
