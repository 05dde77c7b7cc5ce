import { LABEL } from '../../../core/data/data.ts';
import { encodeNumbers } from '../../../core/model/numbers/weights.ts';
import { type Leak } from '../../../core/training/leaks.ts';
import { type TrainingRun } from '../../../core/training/versions/training-runs.ts';
import { type PipelineInput } from '../../../core/declaration/pipeline.ts';
import { createProcessTrainer } from '../../../workers/training/trainer-process.ts';
import { onWasm } from '../../support/steps/wasm.ts';
import { aFraudPipeline, AS_OF, type Rig } from '../../support/steps/activities.ts';
import { before, instant } from '../../../core/time/time.ts';
import { aDriftReport } from '../../reports/fixtures.ts';
import { failureOf, flipByte } from '../../support/steps/failures.ts';
import { runSql } from '../../support/postgres/postgres.ts';
import { judgedArtifact } from '../../../core/training/refit.ts';
import {
  type EnsembleModel,
  type ModelArtifact,
  type NetworkModel,
  type TrainedModel,
} from '../../../core/model/artifact.ts';
import declaration from '../../../pipelines/fraud.ts';
import { ensembleOf } from '../../../core/model/kinds/averaging.ts';
import { compileScorer } from '../../../core/model/scorer.ts';
import { encodeWeights } from '../../../core/model/numbers/weights.ts';
import { aTrainedModel } from '../../support/steps/scripted-trainer.ts';
import {
  NEXT_DAY,
  openCycle,
  openRig,
  promoteAndClose,
  takeSnapshot,
  trainVersion,
} from '../../support/steps/stages.ts';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** As the scripted trainer's, without the device. */
function ofAnotherColumn(): TrainedModel {
  const model = aTrainedModel() as NetworkModel;
  const [layer] = model.layers;
  const kernel = encodeWeights(Float32Array.of(1, 0.5));
  const probe = { rows: [{ transactions_24h: 0, distance_from_home: 0 }], logits: [-6] };
  return { ...model, encodings: model.encodings.slice(0, 2), layers: [{ ...layer!, inputs: 2, kernel }], probe };
}

describe('the steps of a training @slow', () => {
  let rig: Rig;
  afterEach(() => rig?.close());

  const ready = async (): Promise<string> => {
    const { id: cycle } = await openCycle(rig);
    const { id: run } = await rig.run('openTrainingRun', { cycle });
    await rig.run('assembleTrainingSet', { run });
    return run;
  };
  const storedRun = (id: string): Promise<TrainingRun> => rig.ports.trainingRuns.get(id);

  it('begin with a snapshot: without one they say how to take it', async () => {
    rig = await openRig('source');
    const { id: cycle } = await openCycle(rig);
    const failure = await failureOf(rig.run('openTrainingRun', { cycle }));
    assert.deepEqual([failure.type, failure.nonRetryable], ['SNAPSHOT_MISSING', true]);
    assert.match(failure.message, /Take one: perennial run fraud data/);
  });

  it('say which cycle is unknown', async () => {
    rig = await openRig('source');
    const failure = await failureOf(rig.run('openTrainingRun', { cycle: 'fraud-no-such' }));
    assert.deepEqual([failure.type, failure.nonRetryable], ['CYCLE_UNKNOWN', true]);
  });

  it('find nothing new in what the last training learnt from, unless a person forces it or something changed', async () => {
    rig = await openRig('champion');
    const { ledger } = rig.ports;
    const opened = async (id: string, by: { force?: true; reason?: 'drift' } = {}) => {
      const { force, reason = 'person' } = by;
      const request = {
        id: `person/${id}`,
        pipeline: 'fraud',
        reason,
        asOf: AS_OF,
        detail: '',
        driftSince: null,
      } as const;
      await ledger.recordRequest({ ...request, ...(force && { force }) });
      await ledger.openCycle({ id, pipeline: 'fraud', reason, asOf: AS_OF, driftSince: null, requests: [request.id] });
      const { nothingNew } = await rig.run('openTrainingRun', { cycle: id });
      await ledger.closeCycle(id, { result: 'failed', version: null, reason: '', endedAt: AS_OF });
      return nothingNew;
    };
    assert.match((await opened('again')) ?? '', /those of cycle fraud-first, which promoted v1\. .*--force$/);
    assert.equal(await opened('forced', { force: true }), undefined);
    assert.equal(await opened('of-drift', { reason: 'drift' }), undefined);
    const { verdict } = aDriftReport({ moved: false });
    for (const asOf of [before(AS_OF, '30 hours'), AS_OF])
      await rig.ports.verdicts.record({ ...verdict, pipeline: 'fraud', id: asOf, asOf });
    assert.match((await opened('of-past-drift', { reason: 'drift' })) ?? '', /^the drift that asked for it is over: /);
    const [moved] = aDriftReport().verdict.columns;
    const AFTER = instant(Date.parse(AS_OF) + 1);
    const columns = [{ ...moved!, drifted: true, votes: true, rescaled: 1000 }];
    await rig.ports.verdicts.record({ ...verdict, pipeline: 'fraud', id: 'rescaled', asOf: AFTER, level: 'severe', columns }); // prettier-ignore
    assert.match((await opened('of-grams', { reason: 'drift' })) ?? '', /^what looked like drift is data quality: /);
    assert.equal(await opened('forced-after-drift', { reason: 'drift', force: true }), undefined);
    await runSql(rig.url, `update perennial.training_runs set training_set = training_set - 'recipes'`);
    assert.equal(await opened('upgraded'), undefined, 'another release may make a better model of the same');
    await rig.apply({ gates: { metric: 'brier', margin: 0.02 } });
    assert.equal(await opened('otherwise'), undefined);
  });

  describe('with a snapshot', () => {
    beforeEach(async () => void (rig = await openRig('snapshot')));

    it('keep to the revision they began with, whatever is applied meanwhile', async () => {
      const { id: cycle } = await openCycle(rig);
      const began = await rig.run('openTrainingRun', { cycle });
      await rig.apply({
        candidates: [{ kind: 'mlp', name: 'wide' }],
        gates: { metric: 'brier', margin: 0.01, refit: false },
      });
      assert.deepEqual(await rig.run('openTrainingRun', { cycle }), began);
      assert.deepEqual(
        [began.revision, began.candidates, began.refits],
        [rig.ref.revision, ['logistic', 'baseline'], true],
      );
    });

    it('assemble the training set once: four splits in time order, of mature rows', async () => {
      const { id: cycle } = await openCycle(rig);
      const { id: run } = await rig.run('openTrainingRun', { cycle });
      const set = await rig.run('assembleTrainingSet', { run });
      const stored = (await storedRun(run)).trainingSet;
      assert.deepEqual(await rig.run('assembleTrainingSet', { run }), set);
      assert.deepEqual((await storedRun(run)).trainingSet, stored);

      const { from, selection, calibration, holdout, to } = set.splits;
      assert.deepEqual([from, selection, calibration, holdout, to].toSorted(), [
        from,
        selection,
        calibration,
        holdout,
        to,
      ]);
      assert.ok(to <= '2026-03-10T01:00:00.000Z', 'labels mature after seven days, and are known up to the watermark');
      const { rows } = await runSql(
        rig.url,
        `select count(*)::int as rows, count(c.*)::int as positives from transactions t
         left join chargebacks c on c.transaction_id = t.transaction_id and c.observed_at < '2026-03-17T01:00Z'
         where occurred_at >= '2026-03-03Z' and occurred_at <= '2026-03-10T01:00Z'`,
      );
      const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((a, b) => a + b, 0);
      // An embargo before each later split: seven days would leave nothing, so each takes a twentieth of the rows.
      const { embargoed } = stored!;
      assert.equal(sum(set.rows) + embargoed!, rows[0].rows);
      assert.ok(Math.abs(embargoed! / rows[0].rows - 0.15) < 0.01, `${embargoed} of ${rows[0].rows}`);
      assert.ok(sum(set.positives) <= rows[0].positives);
    });

    it('refuse labels of one class, with the counts', async () => {
      await runSql(rig.url, `delete from chargebacks`);
      await runSql(rig.url, `delete from perennial.snapshot_parts; delete from perennial.snapshots;
        delete from perennial.parts where kind = 'labels'`); // prettier-ignore
      await takeSnapshot(rig);
      const { id: cycle } = await openCycle(rig);
      const { id: run } = await rig.run('openTrainingRun', { cycle });
      const failure = await failureOf(rig.run('assembleTrainingSet', { run }));
      assert.deepEqual([failure.type, failure.nonRetryable], ['LABEL_ONE_CLASS', true]);
      assert.match(failure.message, /train 0 of \d+, selection 0 of \d+/);
    });

    it('keep the rows of a card in one split where the declaration wants that, to the registered version', async () => {
      await rig.apply({ splits: { by: 'group' } });
      const { id } = await openCycle(rig);
      const { set, version } = await trainVersion(rig, id);
      assert.deepEqual(set.splits.by, {
        kind: 'group',
        unit: 'card_id',
        of: 'entity',
        holdoutFrom: 0.85,
        notBefore: null,
      });
      const { splits, evaluation, cardKey } = await rig.ports.modelVersions.get('fraud', version);
      assert.deepEqual(splits, set.splits);
      assert.equal(evaluation.independent!.by, 'entity');
      const card = await readFile(join(rig.folder, 'objects', cardKey!), 'utf8');
      assert.match(card, /All rows with the same card_id are in one split, whatever their time;/);
      assert.match(card, /do not tell how it ages/);
      assert.doesNotMatch(card, /The embargo before/);
    });

    it('measure candidates in folds where positives are few, and weigh an average by these', async () => {
      await rig.apply({
        candidates: [
          { kind: 'logistic', name: 'logistic' },
          { kind: 'mlp', name: 'mlp' },
          { kind: 'ensemble', name: 'average' },
        ],
      });
      const run = await ready();
      const outOfFold = { rows: 4_000, positives: 60, averagePrecision: 0.4321, logLoss: 0.1234 };
      const { rows } = (await storedRun(run)).trainingSet!;
      rig.script.next(async ({ trainingSet }) => {
        const model = aTrainedModel();
        const labels: number[] = []; // as if each fold knew them
        for (const split of ['train', 'selection'] as const)
          for await (const { own } of rig.ports.analytics.readSplit(trainingSet, split, []))
            labels.push(...own[LABEL]!.map(Number));
        const foldScores = encodeNumbers(Float32Array.from(labels));
        return { ...model, trainedWith: { ...model.trainedWith, folds: 5, outOfFold }, foldScores };
      });
      const { selection, folds } = await rig.run('trainCandidate', { run, candidate: 'logistic' });
      assert.deepEqual(rig.script.jobs[0]!.folds, { count: 5, by: 'entity', declared: false });
      assert.deepEqual([selection, folds], [outOfFold, 5]);
      await rig.run('trainCandidate', { run, candidate: 'average' });
      const { folds: same, members } = rig.script.jobs[1]!;
      assert.deepEqual(same, rig.script.jobs[0]!.folds);
      assert.ok(JSON.parse(await readFile(members![0]!.file, 'utf8')).foldScores);
      const { objectKey, evaluation, gate } = await rig.run('evaluateWinner', { run, candidate: 'logistic' });
      assert.equal(JSON.parse(await readFile(join(rig.folder, 'objects', objectKey), 'utf8')).foldScores, undefined);
      const { rows: scored, level } = evaluation.leadOutOfFold!;
      assert.deepEqual([scored, level], [rows.train + rows.selection, 1 - 0.05 / 4]); // the best of four: a baseline is always among them
      assert.match(gate.reason, /beats a constant prediction, which more rows than the holdout's show/);
    });

    it('measure and list candidates as an earlier release did, in a run that it began', async () => {
      const run = await ready();
      await runSql(rig.url, `update perennial.training_runs set training_set = training_set - 'folds'`);
      await runSql(rig.url, `delete from perennial.trials`);
      await rig.run('trainCandidate', { run, candidate: 'logistic' });
      assert.equal(rig.script.jobs[0]!.folds, undefined);
      await runSql(rig.url, `update perennial.candidates set result = result || '{"folds": 5}'`);
      await rig.run('trainCandidate', { run, candidate: 'baseline' });
      assert.equal(rig.script.jobs[1]!.folds!.count, 5);
      assert.deepEqual(
        (await rig.ports.trials.of(run)).map(({ candidate, state }) => [candidate, state]),
        [
          ['baseline', 'finished'],
          ['logistic', 'finished'],
        ],
      );
    });

    it('go on without the search for leaks when it fails', async () => {
      rig.ports.analytics.findLeaks = () => Promise.reject(new Error('Out of Range Error'));
      const { id: cycle } = await openCycle(rig);
      const { id: run } = await rig.run('openTrainingRun', { cycle });
      await rig.run('assembleTrainingSet', { run });
      const { leaks, rows } = (await storedRun(run)).trainingSet!;
      assert.equal(leaks, undefined);
      assert.ok(rows.train > 0);
    });

    it('refuse leaks where the declaration does, also when they are tried again, and store what was found', async () => {
      await rig.apply({ expectations: { minRows: 100, leaks: { except: ['is_online'] } } });
      const leak = { kind: 'predicts', by: 'rocAuc', value: 0.999 } as const;
      const found: Leak[] = [
        { ...leak, column: 'is_online' },
        { ...leak, column: 'amount' },
      ];
      rig.ports.analytics.findLeaks = async () => ({ found, rows: 5_000 });
      const { id: cycle } = await openCycle(rig);
      const { id: run } = await rig.run('openTrainingRun', { cycle });
      for (let attempt = 0; attempt < 2; attempt++) {
        const failure = await failureOf(rig.run('assembleTrainingSet', { run }));
        assert.deepEqual([failure.type, failure.nonRetryable], ['TRAINING_SET_LEAKS', true]);
        assert.match(failure.message, /"amount" alone predicts the label \(ROC AUC 0\.999\)\. .*leave it out/);
        assert.doesNotMatch(failure.message, /is_online/);
      }
      assert.deepEqual((await storedRun(run)).trainingSet!.leaks, { found, rows: 5_000 });
    });

    it('refuse a part whose bytes changed, and leave nothing half-written', async () => {
      const snapshot = (await rig.ports.snapshots.latest('fraud', AS_OF))!;
      const { objectKey } = snapshot.parts.find((part) => part.kind === 'rows' && part.rows > 0)!;
      await flipByte(join(rig.folder, 'objects', objectKey));
      const { id: cycle } = await openCycle(rig);
      const { id: run } = await rig.run('openTrainingRun', { cycle });
      const failure = await failureOf(rig.run('assembleTrainingSet', { run }));
      assert.deepEqual([failure.type, failure.nonRetryable], ['OBJECT_CORRUPT', true]);
      assert.ok(failure.message.includes(objectKey), failure.message);
      assert.match(failure.message, /restores it from a copy, or extracts it again .*: perennial run fraud data\./);
      assert.equal((await storedRun(run)).trainingSet, null);
      assert.equal(await rig.ports.store.has('training-sets'), false);
      assert.deepEqual(await readdir(join(rig.folder, 'cache', 'work')), []);
    });

    it('read the part again once the data loop has replaced it, as the message advises', async () => {
      const snapshot = (await rig.ports.snapshots.latest('fraud', AS_OF))!;
      const part = snapshot.parts.find((found) => found.kind === 'rows' && found.rows > 0)!;
      await flipByte(join(rig.folder, 'objects', part.objectKey));
      const { id: cycle } = await openCycle(rig, { id: 'one-that-fails' });
      const { id: run } = await rig.run('openTrainingRun', { cycle });
      await failureOf(rig.run('assembleTrainingSet', { run }));
      assert.equal(await takeSnapshot(rig), snapshot.id);
      await ready();
    });

    it('do not train a candidate again that is finished', async () => {
      const run = await ready();
      const first = await rig.run('trainCandidate', { run, candidate: 'logistic' });
      assert.deepEqual(await rig.run('trainCandidate', { run, candidate: 'logistic' }), first);
      assert.deepEqual(
        rig.script.jobs.map(({ recency }) => recency),
        [undefined],
      );
      assert.ok(first.selection.averagePrecision! > 0);
    });

    it('let old rows thin out before the end of what a candidate learns from, where that is declared', async () => {
      await rig.apply({ retraining: { halfLife: '2 days' } });
      const run = await ready();
      await rig.run('trainCandidate', { run, candidate: 'logistic' });
      const { ends } = (await storedRun(run)).trainingSet!.splits;
      assert.deepEqual(
        rig.script.jobs.map(({ recency }) => recency),
        [{ halfLife: '2 days', until: ends!.train }],
      );
    });

    it('give an average the candidates that were trained, and no other', async () => {
      const logistic = { kind: 'logistic' } as const;
      await rig.apply({
        candidates: [
          { kind: 'ensemble', name: 'both' },
          { kind: 'baseline', name: 'baseline' },
          ...['one', 'two', 'three'].map((name) => ({ ...logistic, name })),
        ],
      });
      const run = await ready();
      for (const candidate of ['one', 'baseline', 'two']) await rig.run('trainCandidate', { run, candidate });
      await rig.run('trainCandidate', { run, candidate: 'both' });
      const members = rig.script.jobs.at(-1)!.members!;
      assert.deepEqual(members.map(({ candidate }) => candidate), ['one', 'two']);
      for (const { file } of members) assert.deepEqual(JSON.parse(await readFile(file, 'utf8')), aTrainedModel());
    }); // prettier-ignore

    it('resume from the checkpoint in the previous attempt’s heartbeats', async () => {
      const run = await ready();
      rig.script.next(async (job, progress) => {
        await rig.script.checkpoint(job, progress, 'after epoch 3');
        progress.onProgress({ epoch: 3 });
        throw new Error('the worker was killed');
      });
      let left: unknown;
      const hear = (details: unknown): void => void (left = details);
      const input = { run, candidate: 'logistic' };
      await assert.rejects(rig.attempt('trainCandidate', input, { heartbeat: hear }), /killed/);
      await rm(join(rig.folder, 'cache'), { recursive: true, force: true }); // as on another machine

      let resumed = '';
      rig.script.next(async (job) => {
        resumed = await readFile(job.resumeFrom!, 'utf8');
        return aTrainedModel();
      });
      await rig.attempt('trainCandidate', input, { left });
      assert.equal(resumed, 'after epoch 3');
    });

    it('keep the checkpoint of an attempt for the one after the next', async () => {
      const run = await ready();
      const input = { run, candidate: 'logistic' };
      let left: unknown;
      rig.script.next(async (job, progress) => {
        await rig.script.checkpoint(job, progress, 'after epoch 3');
        throw new Error('killed');
      });
      await assert.rejects(rig.attempt('trainCandidate', input, { heartbeat: (details) => void (left = details) }));
      rig.script.next(async (_job, progress) => {
        progress.onProgress({ epoch: 3 });
        throw new Error('killed again, before its first checkpoint');
      });
      await assert.rejects(
        rig.attempt('trainCandidate', input, { left, heartbeat: (details) => void (left = details) }),
      );
      await rig.attempt('trainCandidate', input, { left });
      assert.equal(await readFile(rig.script.jobs[2]!.resumeFrom!, 'utf8'), 'after epoch 3');
    });

    it('repeat the checkpoint of the attempt before in every beat, also before there is news', async () => {
      const run = await ready();
      const left = { checkpoint: { objectKey: 'checkpoints/lost.json', sha256: '0'.repeat(64) } };
      const { fetch } = rig.ports.cache;
      let beat: (details: unknown) => void;
      const firstBeat = new Promise((resolve) => (beat = resolve));
      rig.ports.cache.fetch = async (object) => {
        await firstBeat;
        return fetch(object);
      };
      const attempt = { left, heartbeatTimeoutMs: 30, heartbeat: (details: unknown) => beat(details) };
      await rig.attempt('trainCandidate', { run, candidate: 'logistic' }, attempt);
      assert.deepEqual(await firstBeat, { ...left, silences: 1 });
    });

    it('name the checkpoint in every heartbeat that follows it, also while the model is being judged', async () => {
      const run = await ready();
      rig.script.next(async (job, progress) => {
        await rig.script.checkpoint(job, progress, 'after epoch 3');
        progress.onProgress({ epoch: 3 });
        return aTrainedModel();
      });
      const beats: { checkpoint: unknown; scored?: number }[] = [];
      const heartbeat = (details: unknown): void => void beats.push(details as (typeof beats)[number]);
      await rig.attempt('trainCandidate', { run, candidate: 'logistic' }, { heartbeat });
      assert.ok(beats.length >= 3 && beats.every(({ checkpoint }) => checkpoint !== null), JSON.stringify(beats));
      assert.equal(beats.at(-1)!.scored, (await storedRun(run)).trainingSet!.rows.selection);
    });

    for (const { what, harm } of [
      { what: 'vanished', harm: (file: string) => rm(file) },
      { what: 'is corrupt', harm: flipByte },
    ])
      it(`start from nothing when the checkpoint ${what}: it saves time and nothing else`, async () => {
        const run = await ready();
        const bytes = new TextEncoder().encode('a checkpoint');
        await rig.ports.store.put('checkpoints/one.json', bytes);
        await harm(join(rig.folder, 'objects', 'checkpoints', 'one.json'));
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        const left = { checkpoint: { objectKey: 'checkpoints/one.json', sha256 } };
        const result = await rig.attempt('trainCandidate', { run, candidate: 'logistic' }, { left });
        assert.equal(result.candidate, 'logistic');
        assert.equal(rig.script.jobs[0]!.resumeFrom, null);
      });

    it('judge declared slices and groups, also by a column that no model learns, and name no value of a sensitive one', async () => {
      const { columns } = rig.pipeline;
      const column = Object.entries(columns).find(([, { kind }]) => kind === 'category')![0];
      await rig.apply({
        columns: {
          ...columns,
          [column]: { ...columns[column]!, sensitive: true, feature: false },
        } as PipelineInput['columns'],
        slices: { 'it is there': { [column]: 'no such level' } },
        fairness: { groups: [column], limits: { demographicParity: 0.9 } },
      });
      const { winner } = await trainVersion(rig, (await openCycle(rig)).id);
      const learnt = Object.keys(columns).filter((name) => name !== column);
      assert.ok(rig.script.jobs.length > 0);
      for (const { columns } of rig.script.jobs) assert.deepEqual(new Set(Object.keys(columns)), new Set(learnt));
      const [compared] = await rig.ports.modelVersions.compared('fraud', [1]);
      assert.deepEqual(new Set(compared!.columns), new Set(learnt));
      const { slices, fairness } = winner.evaluation;
      assert.deepEqual(slices!.tooSmall, [{ column, name: 'it is there', rows: 0, positives: 0 }]);
      const [groups] = fairness!.columns;
      assert.ok(groups!.groups.length > 2 && fairness!.threshold !== null);
      for (const { name } of groups!.groups) assert.match(name, /^level \d+ of \d+$|^missing$/);
      assert.equal(
        groups!.groups.reduce((sum, { rows }) => sum + rows, groups!.others),
        winner.evaluation.challenger.rows,
      );
    });

    it('touch the holdout once: a retry of the evaluation, or of the whole training, reads no row of it', async () => {
      const { id } = await openCycle(rig);
      const run = await rig.run('openTrainingRun', { cycle: id });
      const set = await rig.run('assembleTrainingSet', { run: run.id });
      await rig.run('trainCandidate', { run: run.id, candidate: 'logistic' });

      const { analytics } = rig.ports;
      const readSplit = analytics.readSplit;
      let reads = 0;
      analytics.readSplit = (file, split, columns, own) => {
        if (split === 'holdout') reads++;
        return readSplit(file, split, columns, own);
      };
      const evaluate = () => rig.run('evaluateWinner', { run: run.id, candidate: 'logistic' });
      const first = await evaluate();
      assert.equal(reads, 1);
      const { looked, small } = first.evaluation.slices!;
      assert.ok(looked + small > 4, `${looked} slices, and ${small} too small`);
      assert.deepEqual(await evaluate(), first);
      const insight = (await rig.ports.trainingRuns.insightOf(run.id))!;
      assert.deepEqual([insight.rows, insight.metric], [set.rows.holdout, 'averagePrecision']);
      assert.ok(insight.importance.length > 1);
      assert.ok(insight.dependence.every(({ points }) => points.length > 1));
      const again = await trainVersion(rig, id);
      assert.deepEqual(again.winner, first);
      // What registration counts into bins decides nothing.
      assert.equal(reads, 2);
      const { evaluation, gate, leaks } = await rig.ports.modelVersions.get('fraud', again.version);
      assert.deepEqual({ evaluation, gate }, { evaluation: first.evaluation, gate: first.gate });
      assert.deepEqual(leaks!.found, []);
    });

    it('register the stored evaluation, whatever their input says', async () => {
      const { id } = await openCycle(rig);
      const { run, winner, version } = await trainVersion(rig, id);
      const told = { ...winner, candidate: 'another', gate: { ...winner.gate, reason: 'told' } };
      await runSql(rig.url, 'delete from perennial.model_versions');
      await rig.run('registerVersion', { run: run.id, winner: told });
      const registered = await rig.ports.modelVersions.get('fraud', version);
      assert.deepEqual([registered.candidate, registered.gate], ['logistic', winner.gate]);
    });

    describe('that is to train its winner again', () => {
      const refitted = async (model: TrainedModel, limits: { artifactBytes?: number } = {}) => {
        await rig.apply({ gates: { metric: 'averagePrecision', margin: 0.02, limits } });
        const { id } = await openCycle(rig);
        const run = await ready();
        await rig.run('trainCandidate', { run, candidate: 'logistic' });
        const winner = await rig.run('evaluateWinner', { run, candidate: 'logistic' });
        rig.script.next(async () => model);
        const refit = await rig.run('refitWinner', { run });
        const { version } = await rig.run('registerVersion', { run, winner });
        return { id, run, winner, refit, version: await rig.ports.modelVersions.get('fraud', version) };
      };

      it('register the model that was trained again, with the judged one as the evidence', async () => {
        const again = aTrainedModel();
        again.trainedWith.rows = 99;
        const { run, winner, refit, version } = await refitted(again);
        assert.equal(refit.outcome, 'refitted');
        assert.deepEqual(rig.script.jobs.at(-1)!.refit, aTrainedModel().trainedWith);
        assert.deepEqual(await rig.run('refitWinner', { run }), refit);
        assert.equal(rig.script.jobs.length, 2);
        const read = async (key: string) =>
          JSON.parse(new TextDecoder().decode(await rig.ports.store.get(key))) as ModelArtifact;
        const [judged, serving] = [await read(winner.objectKey), await read(version.objectKey)];
        assert.deepEqual([judged.trainedWith.rows, serving.trainedWith.rows], [1, 99]);
        assert.deepEqual([serving.calibration, serving.threshold], [judged.calibration, judged.threshold]);
        assert.deepEqual(judgedArtifact(version), { objectKey: winner.objectKey, sha256: winner.sha256 });
        assert.deepEqual(version.evaluation, winner.evaluation);
        const card = new TextDecoder().decode(await rig.ports.store.get(version.cardKey!));
        assert.match(card, /All numbers here are those of the judged model/);
      });

      it('train each member of an average again with its old weight, and none twice after a lost worker', async () => {
        const names = ['logistic', 'mlp'] as const;
        const declared = names.map((name) => ({ kind: name, name }));
        await rig.apply({ candidates: [...declared, { kind: 'ensemble', name: 'average' }] });
        const run = await ready();
        for (const candidate of names) await rig.run('trainCandidate', { run, candidate });
        const rows = [{ transactions_24h: 3, distance_from_home: 2, device: 'desktop' }];
        const model = aTrainedModel() as NetworkModel;
        const scorer = compileScorer(model);
        const members = names.map((candidate, i) => ({ candidate, model, scorer, weight: i === 0 ? 0.75 : 0.25 }));
        rig.script.next(async () => ensembleOf(members, rows, 1));
        await rig.run('trainCandidate', { run, candidate: 'average' });
        await rig.run('evaluateWinner', { run, candidate: 'average' });

        const again = (trained: number) => async (): Promise<TrainedModel> => {
          const other = aTrainedModel();
          other.trainedWith.rows = trained;
          return other;
        };
        rig.script.next(again(99), async (job, progress) => {
          await rig.script.checkpoint(job, progress, 'after epoch 3');
          throw new Error('the worker was killed');
        });
        let left: unknown;
        const hear = (details: unknown): void => void (left = details);
        await assert.rejects(rig.attempt('refitWinner', { run }, { heartbeat: hear }), /killed/);
        let resumed = '';
        rig.script.next(async (job) => {
          resumed = await readFile(job.resumeFrom!, 'utf8');
          return again(99)();
        });
        const before = rig.script.jobs.length;
        const refit = await rig.attempt('refitWinner', { run }, { left });
        assert.deepEqual(
          rig.script.jobs.slice(before).map(({ candidate }) => candidate.name),
          ['mlp'],
        );
        assert.deepEqual(rig.script.jobs[before]!.refit, aTrainedModel().trainedWith);
        assert.equal(resumed, 'after epoch 3');
        assert.ok(refit.outcome === 'refitted', JSON.stringify(refit));
        const stored = new TextDecoder().decode(await rig.ports.store.get(refit.objectKey));
        const serving = JSON.parse(stored) as EnsembleModel;
        assert.deepEqual([refit.rows, serving.members.map(({ weight }) => weight)], [99, [0.75, 0.25]]);
      });

      it('keep the judged model when the other ranks rows otherwise', async () => {
        const inverted = aTrainedModel() as NetworkModel;
        inverted.layers[0]!.kernel = encodeWeights(Float32Array.of(-1, -0.5, -1));
        inverted.probe.logits = [-7];
        const { winner, refit, version } = await refitted(inverted);
        assert.match(refit.outcome === 'kept' ? refit.reason : '', /correlate/);
        assert.equal(version.objectKey, winner.objectKey);
        assert.equal(version.refit!.outcome, 'kept');
      });

      it('keep the judged model when the other exceeds a limit of the gate', async () => {
        const again = aTrainedModel();
        const artifactBytes = JSON.stringify(again).length + 2_000;
        again.trainedWith.backend = 'cpu'.padEnd(4_000);
        const { refit } = await refitted(again, { artifactBytes });
        assert.match(
          refit.outcome === 'kept' ? refit.reason : '',
          /^it exceeds a limit\. The artifact has [\d,]+ bytes, above the limit of [\d,]+ \(gates\.limits\.artifactBytes\)$/,
        );
      });
    });

    it('register one version of a run, however often they are asked, with its card and reference', async () => {
      const { id } = await openCycle(rig);
      const { run, winner, version } = await trainVersion(rig, id);
      const again = await rig.run('evaluateWinner', { run: run.id, candidate: 'logistic' });
      assert.deepEqual(again, winner);
      const twice = await rig.run('registerVersion', { run: run.id, winner: again });
      assert.equal(twice.version, version);
      assert.equal((await rig.ports.modelVersions.list('fraud')).length, 1);
      const audit = await runSql(rig.url, `select count(*)::int as n from perennial.audit where action = 'register'`);
      assert.equal(audit.rows[0].n, 1);

      assert.equal(winner.evaluation.champion, null);
      // Three stolen cards prove nothing, however high the average precision.
      assert.equal(winner.gate.outcome, 'abstained', winner.gate.reason);
      assert.match(winner.gate.reason, /beats a constant prediction may be chance/);
      assert.match(new TextDecoder().decode(await rig.ports.store.get(twice.card)), /<html/);
      const binning = (await rig.ports.binnings.current('fraud'))!;
      const reference = await rig.ports.profiles.find('fraud', 'version/1', binning.id);
      assert.equal(reference!.rows, (await storedRun(run.id)).trainingSet!.rows.holdout);
    });

    it('train in a process of its own, from Parquet to a registered model', async () => {
      await rig.close();
      rig = await openRig('snapshot', { trainer: createProcessTrainer(onWasm) });
      const { id } = await openCycle(rig);
      const { version } = await trainVersion(rig, id);
      const [trained] = await rig.ports.trainingRuns.candidates(id);
      assert.deepEqual([version, trained!.backend, trained!.whyNotNative], [1, 'wasm', 'PERENNIAL_BACKEND is wasm']);
      assert.ok(trained!.epochs >= 1);
      assert.equal((await readdir(join(rig.folder, 'objects', 'checkpoints', id, 'logistic'))).length > 0, true);
    });

    it('close a cycle once: the first outcome stays, and the loop is signalled each time', async () => {
      const { id: cycle } = await openCycle(rig);
      await rig.run('closeCycle', { cycle, outcome: { result: 'refused', version: 1, reason: 'not better' } });
      await rig.run('closeCycle', { cycle, outcome: { result: 'failed', version: null, reason: 'said too late' } });
      const { outcome } = await rig.ports.ledger.cycle(cycle);
      assert.deepEqual(outcome, { result: 'refused', version: 1, reason: 'not better', endedAt: AS_OF });
      assert.deepEqual(rig.heard.ended, [cycle, cycle]);
    });
  });

  describe('with a champion', () => {
    beforeEach(async () => void (rig = await openRig('next-day')));

    it('hold out no row that the champion has seen, however large a holdout is declared', async () => {
      const champion = await rig.ports.modelVersions.get('fraud', 1);
      await rig.apply({ splits: { train: 0.3, selection: 0.15, calibration: 0.15, holdout: 0.4 } });
      const { id: cycle } = await openCycle(rig);
      const { id: run } = await rig.run('openTrainingRun', { cycle });
      const set = await rig.run('assembleTrainingSet', { run });
      assert.equal(set.splits.holdout, champion.splits.holdout);
    });

    it('compare challenger and champion on the same rows', async () => {
      const { id } = await openCycle(rig, { asOf: NEXT_DAY });
      const { run, set, winner } = await trainVersion(rig, id);
      assert.equal(run.champion, 1);
      assert.equal(winner.evaluation.champion!.rows, set.rows.holdout);
      assert.equal(winner.evaluation.challenger.rows, set.rows.holdout);
      // The same recipe twice: nothing to choose between them but that one is fresher.
      assert.equal(winner.evaluation.difference!.estimate, 0);
      assert.match(winner.gate.reason, /fresher, and no worse/);
      const { independent, lead, others, measured } = winner.evaluation;
      assert.equal(independent!.by, 'entity');
      assert.ok(independent!.blocks > independent!.positives && independent!.positives > 0);
      assert.ok(lead!.low < lead!.estimate);
      assert.deepEqual(
        others!.map(({ metric }) => metric),
        ['rocAuc', 'logLoss', 'brier'],
      );
      assert.ok(measured!.microsecondsPerRow > 0 && measured!.artifactBytes > 100 && measured!.calibrationError! >= 0);
    });

    it('judge a challenger as a first one is when the champion reads a column that is no longer declared', async () => {
      const { device: _gone, ...columns } = declaration.columns;
      const fewer = await rig.apply({ columns });
      await takeSnapshot(rig, NEXT_DAY, fewer);
      const { id } = await openCycle(rig, { asOf: NEXT_DAY });
      rig.script.next(async () => ofAnotherColumn());
      const { version, winner } = await trainVersion(rig, id);
      const { notCompared, champion, difference, lead } = winner.evaluation;
      const why = 'it reads columns that are no longer declared (device)';
      assert.deepEqual({ notCompared, champion, difference }, { notCompared: { version: 1, why }, champion: null, difference: null }); // prettier-ignore
      assert.ok(lead);
      assert.match(winner.gate.reason, /^Champion v1 cannot be compared, since it reads columns .*\(device\), /);
      const { cardKey } = await rig.ports.modelVersions.get('fraud', version);
      assert.match(
        await readFile(join(rig.folder, 'objects', cardKey!), 'utf8'),
        /compared with a constant prediction, not with champion v1: it reads columns that are no longer declared/,
      );
    });

    it('hold it against the anchor, too, when that can be compared', async () => {
      const { device: _gone, ...columns } = declaration.columns;
      const { id: second } = await openCycle(rig, { asOf: NEXT_DAY });
      rig.script.next(async () => ofAnotherColumn());
      const reads = await trainVersion(rig, second);
      await rig.run('closeCycle', {
        cycle: second,
        outcome: { result: 'refused', version: reads.version, reason: 'told' },
      });
      const fewer = await rig.apply({ columns, gates: { ...aFraudPipeline().gates, anchor: reads.version } });
      await takeSnapshot(rig, NEXT_DAY, fewer);
      rig.script.next(async () => ofAnotherColumn());
      const { winner, set } = await trainVersion(rig, (await openCycle(rig, { id: 'fraud-third', asOf: NEXT_DAY })).id);
      const { notCompared, anchor } = winner.evaluation;
      assert.equal(notCompared!.version, 1);
      assert.deepEqual(
        [anchor!.version, anchor!.metrics!.rows, anchor!.difference!.estimate],
        [2, set.rows.holdout, 0],
      );
    });

    it('judge it so, too, when the champion learnt a column as another type', async () => {
      const transactions_24h = { kind: 'category' as const };
      const other = await rig.apply({ columns: { ...declaration.columns, transactions_24h } });
      await takeSnapshot(rig, NEXT_DAY, other);
      const { id } = await openCycle(rig, { asOf: NEXT_DAY });
      const model = aTrainedModel() as NetworkModel;
      const [layer] = model.layers;
      const kernel = encodeWeights(Float32Array.of(1));
      const probe = { rows: [{ distance_from_home: 0 }], logits: [-6] };
      rig.script.next(async () => ({ ...model, encodings: model.encodings.slice(1, 2), layers: [{ ...layer!, inputs: 1, kernel }], probe })); // prettier-ignore
      const { notCompared } = (await trainVersion(rig, id)).winner.evaluation;
      assert.match(notCompared!.why, /^it reads columns that are no longer declared \(transactions_24h as number\)$/);
    });

    it('count the trainings that were judged on the same rows before, and are surer for it', async () => {
      const { id } = await openCycle(rig, { asOf: NEXT_DAY });
      const first = (await trainVersion(rig, id)).winner.evaluation;
      await rig.run('closeCycle', { cycle: id, outcome: { result: 'refused', version: 2, reason: 'not better' } });
      const { id: again } = await openCycle(rig, { id: 'fraud-again', asOf: NEXT_DAY });
      const second = (await trainVersion(rig, again)).winner;
      assert.equal(second.evaluation.looks!.runs[0], id);
      // The same rows once more: half the error of the first look.
      assert.ok(Math.abs(1 - second.evaluation.looks!.level - (1 - first.looks!.level) / 2) < 1e-9);
      assert.match(second.gate.reason, new RegExp(`had been judged before, by .*${id}`));
    });

    it('hold a challenger against the anchor as well: the first champion, or the one declared', async () => {
      const second = await openCycle(rig, { asOf: NEXT_DAY });
      const { version, winner } = await trainVersion(rig, second.id);
      assert.equal(winner.evaluation.anchor, undefined, 'the champion is the anchor');
      await promoteAndClose(rig, second.id, version);

      const third = await trainVersion(rig, (await openCycle(rig, { id: 'fraud-third', asOf: NEXT_DAY })).id);
      assert.equal(third.run.champion, 2);
      assert.equal(third.winner.evaluation.anchor!.version, 1);
      assert.equal(third.winner.evaluation.anchor!.metrics!.rows, third.set.rows.holdout);
      await rig.run('closeCycle', { cycle: 'fraud-third', outcome: { result: 'refused', version: 3, reason: 'told' } });

      await rig.apply({ gates: { ...aFraudPipeline().gates, anchor: 'none' } });
      const free = await trainVersion(rig, (await openCycle(rig, { id: 'fraud-free', asOf: NEXT_DAY })).id);
      assert.equal(free.winner.evaluation.anchor, undefined);
    });

    it('train on when the anchor is lost, or was never there, and say that it was not compared', async () => {
      const second = await openCycle(rig, { asOf: NEXT_DAY });
      await promoteAndClose(rig, second.id, (await trainVersion(rig, second.id)).version);
      const { get } = rig.ports.modelVersions;
      rig.ports.modelVersions.get = async (pipeline, version) => {
        const found = await get(pipeline, version);
        const sha256 = '0'.repeat(64);
        return version === 1 ? { ...found, sha256, objectKey: found.objectKey.replace(found.sha256, sha256) } : found;
      };
      const third = await trainVersion(rig, (await openCycle(rig, { id: 'fraud-third', asOf: NEXT_DAY })).id);
      assert.equal(third.winner.evaluation.anchor!.whyNot, 'its artifact cannot be read (OBJECT_MISSING)');
      await rig.run('closeCycle', { cycle: 'fraud-third', outcome: { result: 'refused', version: 3, reason: 'told' } });

      await rig.apply({ gates: { ...aFraudPipeline().gates, anchor: 12 } });
      const { winner } = await trainVersion(rig, (await openCycle(rig, { id: 'fraud-no-such', asOf: NEXT_DAY })).id);
      assert.equal(winner.evaluation.anchor!.whyNot, 'there is no v12');
    });

    it('promote a version once, however often they are asked', async () => {
      const { id } = await openCycle(rig, { asOf: NEXT_DAY });
      const { version } = await trainVersion(rig, id);
      const promotion = { run: id, version, reason: 'it passed' };
      const first = await rig.run('promoteVersion', promotion);
      assert.deepEqual(await rig.run('promoteVersion', promotion), first);
      assert.deepEqual(first.arms, [{ version: 2, share: 1 }]);
      assert.deepEqual([first.previous, first.generation], [1, 2]);
    });

    it('do not touch traffic that changed since they began', async () => {
      const { id } = await openCycle(rig, { asOf: NEXT_DAY });
      const { version } = await trainVersion(rig, id);
      const byHand = { pipeline: 'fraud', version: 1, expectedGeneration: 1, at: NEXT_DAY, by: 'ada', reason: 'to be safe' }; // prettier-ignore
      const theirs = await rig.ports.traffic.promote(byHand);
      const failure = await failureOf(rig.run('promoteVersion', { run: id, version, reason: 'it passed' }));
      assert.deepEqual([failure.type, failure.nonRetryable], ['TRAFFIC_SUPERSEDED', true]);
      assert.match(failure.message, /generation 2, not 1.*v1 serves/);
      assert.deepEqual(await rig.ports.traffic.get('fraud'), theirs);
    });

    it('archive the champion when its successor takes over', async () => {
      const { id } = await openCycle(rig, { asOf: NEXT_DAY });
      await promoteAndClose(rig, id, (await trainVersion(rig, id)).version);
      const versions = await rig.ports.modelVersions.list('fraud');
      assert.deepEqual(
        versions.map(({ version, stage }) => [version, stage]),
        [
          [2, 'production'],
          [1, 'archived'],
        ],
      );
    });
  });
});
