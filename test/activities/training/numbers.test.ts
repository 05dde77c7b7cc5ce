import { createProcessTrainer } from '../../../workers/training/trainer-process.ts';
import { onWasm } from '../../support/steps/wasm.ts';
import { type ModelArtifact } from '../../../core/model/artifact.ts';
import { compileScorer, parseArtifact } from '../../../core/model/scorer.ts';
import { type Candidate } from '../../../core/recipes/index.ts';
import { parsePipeline, type PipelineRef } from '../../../core/declaration/pipeline.ts';
import { createRandom } from '../../../core/base/random.ts';
import { DAY, instant, MINUTE } from '../../../core/time/time.ts';
import { bestCandidate, type CandidateResult } from '../../../core/training/training.ts';
import { type PredictionServer } from '../../../server/app.ts';
import { serveRig } from '../../support/steps/server.ts';
import { AS_OF, makeRig, type Rig } from '../../support/steps/activities.ts';
import { failureOf } from '../../support/steps/failures.ts';
import { testDatabase, type TestDatabase } from '../../support/postgres/postgres.ts';
import { takeSnapshot } from '../../support/steps/stages.ts';
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FROM = Date.parse('2026-03-03T00:00:00.000Z');
const EVERY = 5 * MINUTE;
const random = createRandom('demand');
/**
 * How much power a town takes: bent around a mild day, so that no line can tell. A reading in ten is never confirmed.
 */
const readings = Array.from({ length: (14 * DAY) / EVERY }, (_, i) => {
  const row = { warmth: random.normal(12, 8), sun: random.uniform(), working: random.uniform() < 0.7 };
  const truth = 900 + 25 * Math.abs(row.warmth - 14) - 120 * row.sun + (row.working ? 60 : 0);
  const load = truth + random.normal(0, 15);
  return { key: `r${i}`, at: instant(FROM + i * EVERY), row, load, confirmed: i % 10 !== 3 };
});
type Reading = (typeof readings)[number];

const candidates: Candidate[] = [
  { kind: 'linear', name: 'linear', epochs: 5, batchSize: 128, learningRate: 0.01, l2: 1e-5 },
  { kind: 'mlp', name: 'mlp', epochs: 8, batchSize: 128, learningRate: 0.01, hidden: [16, 8], dropout: 0 },
];

describe('a pipeline whose label is a number @slow', () => {
  let database: TestDatabase;
  let folder: string;
  let rig: Rig;
  let server: PredictionServer;
  let results: CandidateResult[];
  let artifact: ModelArtifact;
  let card: string;

  before(async () => {
    database = await testDatabase();
    folder = await mkdtemp(join(tmpdir(), 'perennial-numbers-'));
    rig = await makeRig(database.url, folder, { environment: {}, trainer: createProcessTrainer(onWasm) });
    const run = await train(await declare('load', ({ load }) => load));
    results = [];
    for (const { name } of candidates) results.push(await rig.run('trainCandidate', { run, candidate: name }));
    const { candidate } = bestCandidate(results, 'rmse');
    const winner = await rig.run('evaluateWinner', { run, candidate });
    assert.equal(winner.gate.outcome, 'passed', winner.gate.reason);
    const { version, card: key } = await rig.run('registerVersion', { run, winner });
    await rig.run('promoteVersion', { run, version, reason: 'it passed' });
    card = new TextDecoder().decode(await rig.ports.store.get(key));
    const registered = await rig.ports.modelVersions.get('load', version);
    artifact = parseArtifact(new TextDecoder().decode(await rig.ports.store.get(registered.objectKey)));
    server = await serveRig(rig, join(folder, 'server'));
  });
  after(async () => {
    await server?.app.close();
    await rig?.close();
    await database?.drop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Files of readings and of what they turned out to be, and a pipeline that reads them. */
  async function declare(name: string, labelOf: (reading: Reading) => number): Promise<PipelineRef> {
    const [rowFile, factFile] = [join(folder, `${name}.csv`), join(folder, `${name}-facts.csv`)];
    const rows = readings.map(({ key, at, row }) => [key, at, row.warmth, row.sun, row.working].join());
    await writeFile(rowFile, ['id,at,warmth,sun,working', ...rows, ''].join('\n'));
    const known = readings.filter(({ confirmed }) => confirmed);
    const facts = known.map((reading) =>
      [reading.key, labelOf(reading), instant(Date.parse(reading.at) + EVERY)].join(),
    );
    await writeFile(factFile, ['id,value,seen_at', ...facts, ''].join('\n'));
    const declaration = {
      name,
      source: { kind: 'csv', file: rowFile, key: 'id', time: 'at', history: '14 days', partition: '7 days' },
      columns: { warmth: { kind: 'number' }, sun: { kind: 'number' }, working: { kind: 'boolean' } },
      label: {
        name,
        kind: 'number',
        facts: { kind: 'csv', file: factFile, key: 'id', value: 'value', observedAt: 'seen_at' },
        maturesAfter: '1 hour',
      },
      candidates,
      gates: { metric: 'rmse', margin: 1 },
      drift: { minRows: 100 },
    };
    return (await rig.ports.pipelines.apply(parsePipeline(declaration, name), 'the test')).ref;
  }

  /** The steps up to a training set; returns the training run. */
  async function train(pipeline: PipelineRef): Promise<string> {
    await takeSnapshot(rig, AS_OF, pipeline);
    const asked = { pipeline: pipeline.name, reason: 'person', asOf: AS_OF, driftSince: null } as const;
    const { id: cycle } = await rig.ports.ledger.openCycle({ id: `${pipeline.name}-first`, ...asked, requests: [] });
    const { id: run } = await rig.run('openTrainingRun', { cycle });
    await rig.run('assembleTrainingSet', { run });
    return run;
  }

  const predict = async (payload: object) =>
    (await server.app.inject({ method: 'POST', url: '/predict/load', payload })).json();

  it('learns from confirmed rows alone, in the declared shares of them', async () => {
    const { trainingSet } = await rig.ports.trainingRuns.get('load-first');
    const rows = Object.values(trainingSet!.rows).reduce((sum, each) => sum + each);
    // Mature are rows until an hour before the watermark, an hour before AS_OF.
    const mature = readings.filter(({ at, confirmed }) => confirmed && at <= '2026-03-17T00:00:00.000Z');
    // Three embargoes of an hour, in which eleven or twelve readings are confirmed.
    assert.equal(rows + trainingSet!.embargoed!, mature.length);
    assert.ok(trainingSet!.embargoed! >= 30 && trainingSet!.embargoed! <= 36, `${trainingSet!.embargoed}`);
    assert.ok(Math.abs(trainingSet!.rows.train / rows - 0.6) < 0.005);
    assert.deepEqual(trainingSet!.positives, { train: 0, selection: 0, calibration: 0, holdout: 0 });
  });

  it('prefers the mlp, which bends, to the line', () => {
    const [linear, mlp] = results.map(({ selection }) => selection.r2!);
    assert.ok(mlp! > 0.95 && linear! < 0.7, `R squared: mlp ${mlp}, linear ${linear}`);
    assert.equal(artifact.candidate, 'mlp');
    assert.equal(artifact.threshold, null);
    assert.match(card, /Estimates &quot;load&quot;/);
    assert.match(card, /load less its estimate/);
    assert.match(card, /an interval, which is to hold 90.% of labels/);
  });

  it('measures how far labels are from its estimates on rows that it did not learn from, and that judge nothing', async () => {
    const { trainingSet, winner } = await rig.ports.trainingRuns.get('load-first');
    const { coverage, rows } = artifact.interval!;
    assert.deepEqual([coverage, rows], [0.9, trainingSet!.rows.selection + trainingSet!.rows.calibration]);
    const { coverage: held, width } = winner!.evaluation.errors!;
    assert.ok(held!.value > 0.85 && held!.value < 0.95, `held ${held!.value}`);
    // Nine tenths of the noise, whose deviation is 15, are within 49.
    assert.ok(width!.value > 45 && width!.value < 75, `${width!.value} wide`);
  });

  it('answers with the very estimate of its scorer, near the truth, and without a decision', async () => {
    const { row, load } = readings.at(-1)!;
    const answer = await predict(row);
    assert.deepEqual(Object.keys(answer), ['id', 'score', 'low', 'high', 'version', 'pipeline']);
    const scorer = compileScorer(artifact);
    assert.equal(answer.score, scorer.score(row));
    assert.deepEqual({ low: answer.low, high: answer.high }, scorer.interval!(answer.score));
    assert.ok(answer.low < answer.score && answer.score < answer.high);
    assert.ok(Math.abs(answer.score - load) < 80, `${answer.score} for ${load}`);
  });

  it('answers with the same interval as tensors and in lines', async () => {
    const { row } = readings.at(-1)!;
    const { score, low, high } = await predict(row);
    const inputs = Object.entries(row).map(([name, value]) => ({
      name,
      datatype: typeof value === 'boolean' ? 'BOOL' : 'FP64',
      shape: [1],
      data: [value],
    }));
    const inferred = await server.app.inject({ method: 'POST', url: '/v2/models/load/infer', payload: { inputs } });
    const tensors = inferred.json().outputs as { name: string; data: number[] }[];
    assert.deepEqual(
      tensors.slice(0, 3).map(({ name, data }) => [name, ...data]),
      [
        ['score', score],
        ['low', low],
        ['high', high],
      ],
    );
    const lines = await server.app.inject({
      method: 'POST',
      url: '/predict/batch/load',
      headers: { 'content-type': 'text/csv' },
      payload: `warmth,sun,working\n${row.warmth},${row.sun},${row.working}\n`,
    });
    const [head, line] = lines.body.split('\n').map((text) => text.split(','));
    const told = Object.fromEntries(head!.map((name, at) => [name, line![at]!]));
    assert.deepEqual([told['score'], told['low'], told['high']].map(Number), [score, low, high]);
  });

  it('keeps the intervals of a batch, where applications read it and in its file', async () => {
    const pipeline = await rig.ports.pipelines.applied('load');
    const snapshot = (await rig.ports.snapshots.latest('load', AS_OF))!.id;
    const batch = (await rig.run('openBatch', { pipeline, asOf: AS_OF, snapshot, version: 1 }))!;
    for (const { extraction } of batch.missing)
      await rig.run('scorePart', { pipeline: 'load', batch: batch.id, extraction });
    await rig.run('publishBatch', { pipeline: 'load', batch: batch.id });
    const scorer = compileScorer(artifact);
    const predictions = await rig.ports.batches.predictions(batch.id, { after: null, limit: 5 });
    assert.equal(predictions.length, 5);
    for (const { key, score, low, high } of predictions) {
      assert.ok(Math.abs(score - scorer.score(readings.find((reading) => reading.key === key)!.row)) < 1e-9);
      assert.deepEqual({ low, high }, scorer.interval!(score));
    }
  });

  it('is watched: its estimates are held against its holdout, and their errors measured where labels came', async () => {
    const lastDay = readings.filter(({ at }) => at >= '2026-03-16T02:00:00.000Z');
    await predict({ rows: lastDay.map(({ key, at, row }) => ({ id: key, at, ...row })) });
    await server.shipper.ship();
    const ref = await rig.ports.pipelines.applied('load');
    const checked = await rig.run('checkDrift', { pipeline: ref, asOf: AS_OF });
    assert.ok(checked !== null && checked !== 'stale');
    assert.deepEqual([checked.level, checked.abstained], ['stable', null]);

    const verdict = await rig.ports.verdicts.get('load', checked.id);
    assert.equal(verdict.score!.drifted, false);
    assert.ok(verdict.score!.mean!.reference > 900 && verdict.score!.mean!.reference < 1_300);
    const [live] = verdict.performance;
    const told = lastDay.filter(({ at, confirmed }) => confirmed && at < '2026-03-17T00:00:00.000Z');
    assert.equal(live!.metrics.rows, told.length);
    assert.ok(live!.metrics.r2! > 0.95, `${live!.metrics.r2}`);
    const report = (await rig.run('writeReport', { pipeline: ref, verdict: checked.id }))!;
    assert.match(new TextDecoder().decode(await rig.ports.store.get(report)), /<h2>Estimates<\/h2>/);
  });

  it('is refused in words when its labels are all the same', async () => {
    const run = await train(await declare('flat', () => 3));
    const failure = await failureOf(rig.run('trainCandidate', { run, candidate: 'linear' }));
    assert.deepEqual([failure.type, failure.nonRetryable], ['LABEL_CONSTANT', true]);
    assert.match(failure.message, /the label 3: there is nothing to learn/);
  });

  it('re-bins its estimates once the labels arrive that the first bins lacked', async () => {
    const [first] = await rig.ports.binnings.list('load');
    const edges = first!.columns['_score'];
    assert.ok(edges?.kind === 'number' && edges.edges.length > 30 && edges.edges[0]! > 500, JSON.stringify(edges));
    const none = await rig.ports.binnings.record('load', {
      ...first!.columns,
      _score: { kind: 'number', edges: [] },
    });
    const { binning } = await rig.run('profileSnapshot', {
      pipeline: await rig.ports.pipelines.applied('load'),
      snapshot: (await rig.ports.snapshots.latest('load', AS_OF))!.id,
    });
    assert.notEqual(binning, none.id);
  });
});
