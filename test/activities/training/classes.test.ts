import { createProcessTrainer } from '../../../workers/training/trainer-process.ts';
import { onWasm } from '../../support/steps/wasm.ts';
import { type ModelArtifact } from '../../../core/model/artifact.ts';
import { compileScorer, parseArtifact } from '../../../core/model/scorer.ts';
import { parsePipeline, type PipelineRef } from '../../../core/declaration/pipeline.ts';
import { createRandom } from '../../../core/base/random.ts';
import { DAY, instant, MINUTE } from '../../../core/time/time.ts';
import { type Refit } from '../../../core/training/refit.ts';
import { bestCandidate, type CandidateResult, type Evaluated } from '../../../core/training/training.ts';
import { type PredictionServer } from '../../../server/app.ts';
import { createModelBringing } from '../../../operations/model-bringing.ts';
import { joined, message } from '../../../core/exports/onnx/protobuf.ts';
import { input, node, output } from '../../core/brought/parts.ts';
import { asAda } from '../../support/asked.ts';
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
const EVERY = 10 * MINUTE;
const CLASSES = ['low', 'mid', 'high'];
/** What is urgent is not to wait. */
const COSTS = { high: { low: 20, mid: 5 } };
const random = createRandom('tickets');
/** How urgent a ticket is: the longer somebody waits the more, and least of all from those who are at peace. */
const tickets = Array.from({ length: (14 * DAY) / EVERY }, (_, i) => {
  const row = { hours: random.uniform() * 10, calm: random.uniform() < 0.4 };
  const urgency = row.hours + (row.calm ? -3 : 0) + random.normal(0, 1);
  return { key: `t${i}`, at: instant(FROM + i * EVERY), row, label: CLASSES[urgency < 2 ? 0 : urgency < 6 ? 1 : 2]! };
});

describe('a pipeline whose label is one of several classes @slow', () => {
  let database: TestDatabase;
  let folder: string;
  let rig: Rig;
  let server: PredictionServer;
  let results: CandidateResult[];
  let winner: Evaluated;
  let artifact: ModelArtifact;
  let refit: Refit;
  let card: string;

  before(async function () {
    this.timeout(600_000); // trainings of five candidates, on a machine that may be busy
    database = await testDatabase();
    folder = await mkdtemp(join(tmpdir(), 'perennial-classes-'));
    rig = await makeRig(database.url, folder, { environment: {}, trainer: createProcessTrainer(onWasm) });
    const pipeline = await declare('urgency');
    await takeSnapshot(rig, AS_OF, pipeline);
    const asked = { pipeline: 'urgency', reason: 'person', asOf: AS_OF, driftSince: null } as const;
    const { id: cycle } = await rig.ports.ledger.openCycle({ id: 'urgency-first', ...asked, requests: [] });
    const { id: run } = await rig.run('openTrainingRun', { cycle });
    await rig.run('assembleTrainingSet', { run });
    results = [];
    for (const candidate of ['baseline', 'logistic', 'boosted', 'tabm', 'ensemble'])
      results.push(await rig.run('trainCandidate', { run, candidate }));
    const { candidate } = bestCandidate(results, 'logLoss');
    winner = await rig.run('evaluateWinner', { run, candidate });
    assert.equal(winner.gate.outcome, 'passed', winner.gate.reason);
    refit = await rig.run('refitWinner', { run });
    const { version, card: key } = await rig.run('registerVersion', { run, winner });
    await rig.run('promoteVersion', { run, version, reason: 'it passed' });
    card = new TextDecoder().decode(await rig.ports.store.get(key));
    const registered = await rig.ports.modelVersions.get('urgency', version);
    artifact = parseArtifact(new TextDecoder().decode(await rig.ports.store.get(registered.objectKey)));
    server = await serveRig(rig, join(folder, 'server'));
  });
  after(async () => {
    await server?.app.close();
    await rig?.close();
    await database?.drop();
    await rm(folder, { recursive: true, force: true });
  });

  /** A file of tickets, each with its label, and a pipeline that reads it. */
  async function declare(name: string, rows: readonly string[] = tickets.map(lineOf)): Promise<PipelineRef> {
    const file = join(folder, `${name}.csv`);
    await writeFile(file, [`id,at,hours,calm,${name}`, ...rows, ''].join('\n'));
    const declaration = {
      name,
      source: { kind: 'csv', file, key: 'id', time: 'at', history: '14 days', partition: '7 days' },
      columns: { hours: { kind: 'number' }, calm: { kind: 'boolean' } },
      label: { name, kind: 'class', classes: CLASSES },
      candidates: [
        { kind: 'baseline', name: 'baseline' },
        { kind: 'logistic', name: 'logistic' },
        { kind: 'boosted', name: 'boosted', trees: 30, leaves: 8 },
        { kind: 'tabm', name: 'tabm', members: 4, hidden: [8], batchSize: 64 },
        { kind: 'ensemble', name: 'ensemble' },
      ],
      gates: { metric: 'logLoss', margin: 0.01, costs: COSTS },
      drift: { minRows: 100 },
      fairness: { groups: ['calm'] },
    };
    return (await rig.ports.pipelines.apply(parsePipeline(declaration, name), 'the test')).ref;
  }
  const lineOf = ({ key, at, row, label }: (typeof tickets)[number]): string =>
    [key, at, row.hours, row.calm, label].join();

  const post = async (url: string, payload: object) =>
    (await server.app.inject({ method: 'POST', url, payload })).json();

  /** Has the champion answer the last day, and checks it: how well it did by the labels. */
  async function watched(pipeline: string) {
    const lastDay = tickets.filter(({ at }) => at >= '2026-03-16T02:00:00.000Z');
    await post(`/predict/${pipeline}`, { rows: lastDay.map(({ key, at, row }) => ({ id: key, at, ...row })) });
    await server.shipper.ship();
    const ref = await rig.ports.pipelines.applied(pipeline);
    const checked = await rig.run('checkDrift', { pipeline: ref, asOf: AS_OF });
    assert.ok(checked !== null && checked !== 'stale');
    assert.deepEqual([checked.level, checked.abstained], ['stable', null]);
    assert.ok((await rig.run('writeReport', { pipeline: ref, verdict: checked.id })) !== null);
    const { performance, estimated } = await rig.ports.verdicts.get(pipeline, checked.id);
    return { live: performance[0]!, estimated };
  }

  it('prefers what learns from columns to the shares of the classes', () => {
    const [baseline, logistic, boosted, tabm, ensemble] = results.map(({ selection }) => selection);
    assert.ok(logistic!.logLoss! < 0.55 && baseline!.logLoss! > 1, `${logistic!.logLoss}, ${baseline!.logLoss}`);
    assert.ok(boosted!.accuracy! > 0.7 && baseline!.accuracy! < 0.5, `${boosted!.accuracy}, ${baseline!.accuracy}`);
    assert.ok(tabm!.logLoss! < 0.65, `${tabm!.logLoss}`);
    const best = Math.min(...[logistic, boosted, tabm].map((each) => each!.logLoss!));
    assert.ok(ensemble!.logLoss! < best + 0.002, `${ensemble!.logLoss}, ${best}`);
    assert.equal(winner.evaluation.challenger.confusion!.length, 9);
    const { classes, measured } = winner.evaluation;
    assert.ok(
      classes!.each.length === 3 && classes!.each[0]!.measures.recall!.low < 1 && measured!.calibrationError! < 0.2,
    );
    assert.deepEqual(artifact.classes, CLASSES);
    assert.ok(classes!.cost!.low > 0 && classes!.cost!.high < 1, JSON.stringify(classes!.cost));
  });

  it('answers with what is expected to cost least, also where another class is likelier', async () => {
    const { probabilities } = compileScorer(artifact).classes!;
    const unsure = Array.from({ length: 100 }, (_, i) => ({ hours: i / 10, calm: false })).find((row) => {
      const [low, mid, high] = probabilities(row);
      return mid! > high! && low! + mid! < 5 * high!;
    })!;
    const answer = await post('/predict/urgency', unsure);
    assert.deepEqual([answer.label, answer.score], ['high', answer.probabilities.high]);
    assert.ok(answer.probabilities.mid > answer.score);
    assert.match(card, /The\s+class that is expected to cost least is the answer.*On the holdout an answer cost/s);
  });

  it('answers with a class and the probability of each', async () => {
    const row = { hours: 9.5, calm: false };
    const answer = await post('/predict/urgency', row);
    assert.deepEqual(Object.keys(answer), ['id', 'label', 'score', 'probabilities', 'version', 'pipeline']);
    assert.equal(answer.label, 'high');
    assert.equal(answer.score, answer.probabilities.high);
    assert.deepEqual(Object.values(answer.probabilities), [...compileScorer(artifact).classes!.probabilities(row)]);
    assert.equal((await post('/predict/urgency', { hours: 0.5, calm: true })).label, 'low');
  });

  it('is trained again on all rows, which says nearly the same', () => {
    assert.equal(refit.outcome, 'refitted', JSON.stringify(refit));
    assert.ok(refit.agreement!.correlation > 0.9 && artifact.trainedWith.rows > 1900, JSON.stringify(refit));
  });

  it('gives tensors of labels and of probabilities', async () => {
    const { outputs } = await post('/v2/models/urgency/infer', {
      inputs: [
        { name: 'hours', datatype: 'FP64', shape: [2, 1], data: [9.5, 0.5] },
        { name: 'calm', datatype: 'BOOL', shape: [2, 1], data: [false, true] },
      ],
    });
    const byName = Object.fromEntries(outputs.map((output: { name: string }) => [output.name, output]));
    assert.deepEqual(byName['label'].data, ['high', 'low']);
    assert.deepEqual(byName['probabilities'].shape, [2, 3]);
    assert.equal(byName['probabilities'].data[2], byName['score'].data[0]);
  });

  it('is watched: its scores are held against its holdout, and its classes against labels that came', async () => {
    const { live, estimated } = await watched('urgency');
    assert.ok(live.metrics.rows > 100 && live.metrics.accuracy! > 0.6, JSON.stringify(live));
    assert.ok(live.value!.cost > 0 && live.value!.saved > 0, JSON.stringify(live.value));
    assert.ok(estimated!.value!.cost > live.value!.cost / 2 && estimated!.value!.cost < 2 * live.value!.cost);
  });

  it('may have a first model from elsewhere, which is judged, served and watched as its own are', async () => {
    const pipeline = await declare('theirs');
    await takeSnapshot(rig, AS_OF, pipeline);
    // The names are sorted, as scikit-learn writes them.
    const graph = [
      input('hours'),
      input('calm'),
      node('Concat', ['hours', 'calm'], ['row'], { axis: 1 }),
      node('ai.onnx.ml.LinearClassifier', ['row'], ['label', 'p'], {
        coefficients: Float32Array.of(1.7, -5.1, -1.7, 5.1, 0, 0),
        intercepts: Float32Array.of(-10.2, 3.4, 0),
        classlabels_strings: ['high', 'low', 'mid'],
        post_transform: 'SOFTMAX',
      }),
      output('p'),
    ];
    const bytes = joined([message(7, graph)]);
    const bringing = createModelBringing({ ...rig.ports, runs: { requireWorker: async () => undefined } });
    await asAda(bringing).bring({ pipeline: 'theirs', file: 'their.onnx', bytes, reason: 'older' });
    const step = await rig.run('decideNextStep', { pipeline: 'theirs', now: AS_OF });
    assert.ok(step.kind === 'train', JSON.stringify(step));
    const { id: run } = await rig.run('openTrainingRun', { cycle: step.cycle });
    await rig.run('assembleTrainingSet', { run });
    const { candidate } = await rig.run('trainCandidate', { run, candidate: 'brought' });
    const judged = await rig.run('evaluateWinner', { run, candidate });
    assert.equal(judged.gate.outcome, 'passed', judged.gate.reason);
    const { version } = await rig.run('registerVersion', { run, winner: judged });
    await rig.run('promoteVersion', { run, version, reason: 'it passed' });
    await server.watch.look();

    const row = { hours: 9.5, calm: false };
    const { label, score, probabilities } = await post('/predict/theirs', row);
    assert.deepEqual([label, Object.keys(probabilities)], ['high', CLASSES]);
    assert.ok(score === probabilities.high && score > 0.9, JSON.stringify(probabilities));
    const shares = (Object.values(probabilities) as number[]).reduce((sum, share) => sum + share, 0);
    assert.ok(Math.abs(shares - 1) < 1e-9);
    assert.equal((await post('/predict/theirs', { hours: 0.5, calm: true })).label, 'low');
    assert.equal((await post('/predict/theirs', { hours: 4, calm: false })).label, 'mid');

    const { live } = await watched('theirs');
    assert.ok(live.metrics.rows > 100 && live.metrics.accuracy! > 0.7, JSON.stringify(live));
  });

  it('shows which classes were taken for which on its card', async () => {
    assert.match(card, /low/);
    assert.deepEqual((await rig.ports.modelVersions.compared('urgency', [1]))[0]!.classes, CLASSES);
    assert.match(card, /Groups by calm\..*Called low.*Called high/s);
    assert.equal(winner.evaluation.fairness!.columns[0]!.gaps.length, 4);
  });

  it('refuses a label that is none of its classes, and says where it is', async () => {
    const rows = tickets.map(lineOf);
    rows[4] = rows[4]!.replace(/[a-z]+$/, 'Urgent');
    const pipeline = await declare('strange', rows);
    const failure = await failureOf(rig.run('planExtraction', { pipeline, asOf: AS_OF }));
    assert.equal(failure.type, 'SOURCE_VALUE_INVALID');
    assert.match(failure.message, /line 6: strange is text .* one of its classes: low, mid, high/);
    assert.doesNotMatch(failure.message, /Urgent/);
  });
});
