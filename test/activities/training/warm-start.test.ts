import { parseStoredPipeline, type PipelineInput } from '../../../core/declaration/pipeline.ts';
import { type TrainedModel } from '../../../core/model/artifact.ts';
import { type Trainer } from '../../../core/training/trainer.ts';
import { train } from '../../../workers/training/train.ts';
import { NEXT_DAY, openCycle, openRig, promoteAndClose } from '../../support/steps/stages.ts';
import { AS_OF, type Rig } from '../../support/steps/activities.ts';
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

const declared = {
  candidates: [{ kind: 'mlp', name: 'mlp', epochs: 2, hidden: [4] }],
  retraining: { warmStart: true },
  // Few of the rows are fraud.
  splits: { train: 0.3, selection: 0.15, calibration: 0.15, holdout: 0.4, folds: 'none' },
} satisfies Partial<PipelineInput>;

describe('a training that may start from the champion’s weights @slow', () => {
  let rig: Rig;
  afterEach(() => rig?.close());

  /** Trains here, by our kernel. */
  const trainer: Trainer = {
    train: (job, { onProgress }) =>
      train(job, {
        analytics: rig.ports.analytics,
        tensors: () => Promise.reject(new Error('not asked for')),
        events: { progress: onProgress, checkpoint: () => {}, log: () => {}, check: () => {} },
        memoryLimitMb: 1024,
      }),
  };

  async function assemble(asOf: string) {
    const { id: run } = await openCycle(rig, { asOf });
    await rig.run('openTrainingRun', { cycle: run });
    return { run, set: await rig.run('assembleTrainingSet', { run }) };
  }
  /** As it is, whatever its gate says. */
  async function register(run: string, candidate: string) {
    const winner = await rig.run('evaluateWinner', { run, candidate });
    await rig.run('refitWinner', { run });
    return (await rig.run('registerVersion', { run, winner })).version;
  }
  const read = async ({ objectKey }: { objectKey: string }) =>
    JSON.parse(new TextDecoder().decode(await rig.ports.store.get(objectKey))) as TrainedModel;

  it('tries the network from there too, and keeps in its lineage from which version', async () => {
    rig = await openRig('next-day', { trainer });
    await rig.apply(declared);
    const first = await assemble(AS_OF);
    assert.equal(first.set.warm, undefined);
    await rig.run('trainCandidate', { run: first.run, candidate: 'mlp' });
    await promoteAndClose(rig, first.run, await register(first.run, 'mlp'));

    // More to learn from: its train split ends after all that the champion has read.
    await rig.apply({ ...declared, splits: { train: 0.7, selection: 0.1, calibration: 0.1, holdout: 0.1, folds: 'none' } }); // prettier-ignore
    const { run, set } = await assemble(NEXT_DAY);
    assert.equal(set.warm, 'mlp-from-v2');
    const cold = await rig.run('trainCandidate', { run, candidate: 'mlp' });
    const warm = await rig.run('trainCandidate', { run, candidate: 'mlp-from-v2' });
    assert.deepEqual([cold.startedFrom, warm.startedFrom], [undefined, 2]);

    const version = await rig.ports.modelVersions.get('fraud', await register(run, 'mlp-from-v2'));
    const { refit } = await rig.ports.modelVersions.get('fraud', 2);
    assert.deepEqual(version.warmStart, {
      version: 2,
      candidate: 'mlp-from-v2',
      sha256: refit!.judged.sha256,
      outcome: 'won',
    });
    const [judged, before] = [await read(version.refit!.judged), await read(refit!.judged)];
    assert.deepEqual(judged.encodings, before.encodings);
    assert.notDeepEqual((await read(cold)).encodings, before.encodings);
    assert.equal(version.refit!.outcome, 'refitted');
    assert.deepEqual((await read(version)).encodings, before.encodings, 'so does what is trained again on all rows');
    const card = new TextDecoder().decode(await rig.ports.store.get(version.cardKey!));
    assert.match(card, /It started from the weights of v2, and did best/);
  });

  it('starts from nothing where the champion has read rows that are to judge, and says so', async () => {
    rig = await openRig('next-day');
    await rig.apply(declared);
    const { splits: then } = (await rig.ports.trainingRuns.get('fraud-first')).trainingSet!;
    const { run, set } = await assemble(NEXT_DAY);
    assert.equal(set.warm, undefined);
    const { warmStart } = (await rig.ports.trainingRuns.get(run)).trainingSet!;
    const day = (time: string): string => time.slice(0, 16);
    const whyNot = `v1 learnt from rows until ${day(then.ends!.selection)}`;
    assert.ok(warmStart && 'whyNot' in warmStart && warmStart.whyNot.startsWith(whyNot), JSON.stringify(warmStart));
  });

  it('starts from nothing where what the champion was made from cannot be read', async () => {
    rig = await openRig('next-day');
    await rig.apply(declared);
    const { revision, ...champion } = await rig.ports.modelVersions.get('fraud', 1);
    const { objectKey } = champion.refit?.judged ?? champion;
    const whyNot = async (id: string, spoil: () => Promise<unknown>): Promise<unknown> => {
      const { id: run } = await openCycle(rig, { asOf: NEXT_DAY, id });
      await rig.run('openTrainingRun', { cycle: run });
      await spoil();
      await rig.run('assembleTrainingSet', { run });
      await rig.run('closeCycle', { cycle: run, outcome: { result: 'failed', version: null, reason: 'seen enough' } });
      return (await rig.ports.trainingRuns.get(run)).trainingSet!.warmStart;
    };
    const noModel = await whyNot('no-model', () => rm(join(rig.folder, 'objects', objectKey)));
    assert.deepEqual(noModel, { whyNot: 'the model of v1 cannot be read' });
    // As another process reads it: this one remembers.
    const { pipelines } = rig.ports;
    const remembered = pipelines.declaration;
    const noDeclaration = await whyNot('no-declaration', async () => {
      pipelines.declaration = async (ref) =>
        ref.revision === revision ? parseStoredPipeline({ columns: {} }, ref) : remembered(ref);
    });
    assert.deepEqual(noDeclaration, { whyNot: 'the declaration of v1 cannot be read' });
  });
});
