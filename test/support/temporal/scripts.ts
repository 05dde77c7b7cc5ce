import { type CandidateResult, type GateVerdict } from '../../../core/training/training.ts';
import { type Script } from './workflows.ts';

export const MOMENT = '2026-01-11T03:00:00.000Z';

/** Partitions of one day, none of which has been extracted. */
export const tasks = (days: number) =>
  Array.from({ length: days }, (_, day) => ({
    from: `2026-01-${String(day + 1).padStart(2, '0')}T00:00:00.000Z`,
    to: `2026-01-${String(day + 2).padStart(2, '0')}T00:00:00.000Z`,
    rows: `rows-${day}`,
    labels: `labels-${day}`,
    replace: false,
  }));

/** A data run that goes well, with `missing` partitions to extract. */
export const dataScript = (missing = 2): Required<Pick<Script, (typeof dataSteps)[number]>> => ({
  currentMoment: () => MOMENT,
  planExtraction: () => ({ watermark: MOMENT, extractions: ['rows-0', 'rows-1', 'rows-2'], missing: tasks(missing) }),
  extractPartition: () => ({ rows: 100, labels: 3 }),
  assembleSnapshot: () => ({ id: 'a-snapshot', rows: 300, parts: 3 }),
  validateSnapshot: () => ({ status: 'published', expectations: 7, failed: [], report: 'quality.html' }),
  profileSnapshot: () => ({ binning: 'a-binning', outgrown: [] }),
  tellOfNewData: () => undefined,
});
const dataSteps = [
  'currentMoment',
  'planExtraction',
  'extractPartition',
  'assembleSnapshot',
  'validateSnapshot',
  'profileSnapshot',
  'tellOfNewData',
] as const;

const noMetrics = { averagePrecision: null, rocAuc: null, logLoss: null, brier: null };
export const aResult = (candidate: string, averagePrecision: number | null): CandidateResult => ({
  candidate,
  objectKey: `models/${candidate}`,
  sha256: 'ab'.repeat(32),
  selection: { rows: 1000, positives: 40, ...noMetrics, averagePrecision } as CandidateResult['selection'],
  epochs: 8,
  seconds: 2,
  backend: 'wasm',
});

export const passed: GateVerdict = { passed: true, outcome: 'passed', reason: 'better by 0.04' };
const splits = {
  from: '2026-01-01T00:00:00.000Z',
  selection: '2026-01-05T00:00:00.000Z',
  calibration: '2026-01-07T00:00:00.000Z',
  holdout: '2026-01-08T00:00:00.000Z',
  to: '2026-01-10T00:00:00.000Z',
};

/** A training of three candidates, by what the selection split says of each. */
export function trainingScript(
  scores: Record<string, number | null> = { logistic: 0.6, mlp: 0.8, wide: 0.7 },
  gate: GateVerdict = passed,
): Script {
  const counts = { train: 600, selection: 150, calibration: 100, holdout: 150 };
  const snapshot = { revision: 'r1', snapshot: 'a-snapshot', champion: 1, generation: 3 };
  return {
    ...rolloutScript(gate.reason),
    openTrainingRun: ({ cycle }) => ({
      ...snapshot,
      id: cycle,
      metric: 'averagePrecision',
      candidates: Object.keys(scores),
      approval: 'none',
    }),
    assembleTrainingSet: () => ({
      splits,
      rows: counts,
      positives: { train: 20, selection: 5, calibration: 4, holdout: 6 },
    }),
    trainCandidate: ({ candidate }) => aResult(candidate, scores[candidate]!),
    evaluateWinner: ({ candidate }) => ({
      candidate,
      objectKey: 'models/winner',
      sha256: 'cd'.repeat(32),
      evaluation: { challenger: aResult('mlp', 0.8).selection, champion: null, difference: null, afterDrift: null },
      gate,
    }),
    registerVersion: () => ({ version: 2, card: 'card.html' }),
    askForRollout: ({ run }) => ({ rollout: run }),
    closeCycle: () => undefined,
  };
}

/** A search in such a training: trials t0, t1, ... with these values, in two rungs; the better half continues. */
export function aSearch(values: number[], milliseconds: number | null = null): Script {
  const nameOf = (i: number): string => `t${i}`;
  const valueOf = (trial: string): number => values[Number(trial.slice(1))]!;
  const best = values.map((_, i) => nameOf(i)).sort((a, b) => valueOf(b) - valueOf(a)).slice(0, values.length / 2); // prettier-ignore
  const opened = trainingScript({ mlp: 0.8 }).openTrainingRun!;
  return {
    openTrainingRun: async (task) => ({ ...(await opened(task)), searches: true }),
    openSearch: () => ({
      trials: values.map((_, i) => ({ name: nameOf(i), options: `leaves ${2 ** i}` })),
      rungs: [200, 600],
      milliseconds,
    }),
    trainTrial: ({ trial }) => ({ value: valueOf(trial), seconds: 2 }),
    closeRung: () => ({ continuing: best }),
    endSearch: () => ({
      found: best.map((trial) => aResult(trial, valueOf(trial))),
      outcome: 'two were trained on all rows',
    }),
  };
}

/** A rollout of v2 that goes well, and needs nobody's word. */
export const rolloutScript = (reason = passed.reason): Script => ({
  openRollout: ({ rollout }) => ({ version: 2, cycle: rollout, reason, approval: 'none' }),
  promoteVersion: () => ({
    pipeline: 'fraud',
    generation: 4,
    champion: 2,
    arms: [{ version: 2, share: 1 }],
    shadow: null,
    previous: 1,
  }),
  endRollout: () => undefined,
});

/** An experiment in which something happens so often, before v2 is better. */
export function experimentScript(happens = 1): Script {
  let left = happens;
  return {
    openExperiment: () => ({ details: 'v1 and v2, by clicks (higher is better)' }),
    watchExperiment: () =>
      left-- > 0 ? { result: 'continues' } : { result: 'better', winner: 2, reason: 'v2 is better' },
    endExperiment: () => undefined,
    stopExperiment: () => undefined,
  };
}

/** A verdict as the drift check tells the workflow of it. */
export const aCheck = (level: 'stable' | 'drifting' | 'severe') => ({
  id: 'a-verdict',
  level,
  version: 2,
  share: level === 'stable' ? 0 : 0.25,
  abstained: null,
  drifted: level === 'stable' ? [] : ['amount'],
  rows: 5000,
});

/** The window of a batch. */
export const SCORED = { from: '2026-01-10T02:00:00.000Z', to: '2026-01-11T02:00:00.000Z' };

/** A batch that goes well, with `missing` parts to score. */
export const predictionScript = (missing = 2): Script => ({
  publishedSnapshot: () => null,
  openBatch: ({ snapshot }) => ({
    id: 'a-batch',
    version: 2,
    snapshot,
    window: SCORED,
    missing: tasks(missing).map(({ rows, from, to }) => ({ extraction: rows, from, to })),
  }),
  scorePart: () => ({ rows: 100 }),
  publishBatch: () => ({ rows: 300 }),
});

/** Data, a training, a batch and a check that go well. The snapshot stays published. */
export function lifecycleScript(): Script {
  let published: string | null = null;
  return {
    ...dataScript(),
    ...predictionScript(),
    tellOfNewData: () => void (published = 'a-snapshot'),
    publishedSnapshot: () => published,
    askOnSchedule: ({ pipeline, asOf }) => `schedule/${pipeline}/${asOf}`,
    awaitTraining: () => ({
      outcome: { result: 'promoted', version: 2, reason: 'better by 0.04', endedAt: MOMENT },
      why: null,
    }),
    checkDrift: () => aCheck('stable'),
    writeReport: () => 'drift.html',
    askForRetraining: () => null,
  };
}
