import {
  aJob,
  aLogistic,
  analyticsOf,
  anMlp,
  makeRows,
  smallSplits,
  type SplitRows,
} from '../../../support/data/training-data.ts';
import { loadTensorflow, type Tensors } from '../../../../adapters/training/tensors.ts';
import { type TrainingProgress } from '../../../../workers/training/protocol.ts';
import { LABEL } from '../../../../core/data/data.ts';
import { UserError } from '../../../../core/base/errors/errors.ts';
import { type TrainedModel } from '../../../../core/model/artifact.ts';
import { type MetricName } from '../../../../core/metrics/index.ts';
import { metricsOf } from '../../../../core/metrics/metrics.ts';
import { compileScorer } from '../../../../core/model/scorer.ts';
import { type Candidate } from '../../../../core/recipes/index.ts';
import { type TrainingJob } from '../../../../core/training/trainer.ts';
import { createRandom } from '../../../../core/base/random.ts';
import { logLoss } from '../../../../workers/training/network/loss.ts';
import { train } from '../../../../workers/training/train.ts';
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

for (const [name, insistsOnTensorflow] of [
  ['our kernel', false],
  ['TF.js on WebAssembly', true],
] as const)
  describe(`training a network by ${name}`, () => {
    let tensors: Tensors;
    let folder: string;
    before(async () => {
      tensors = await loadTensorflow({ wanted: 'wasm' });
      folder = await mkdtemp(join(tmpdir(), 'perennial-training-'));
    });
    after(() => rm(folder, { recursive: true, force: true }));

    async function run(job: Partial<TrainingJob> = {}, splits: SplitRows = smallSplits(), memoryLimitMb = 1024) {
      const seen = { checkpoints: [] as string[], progress: [] as TrainingProgress[], log: [] as string[] };
      const model = await train(aJob({ folder, ...job }), {
        analytics: analyticsOf(splits),
        tensors: async () => tensors,
        insistsOnTensorflow,
        memoryLimitMb,
        events: {
          progress: (progress) => seen.progress.push(progress),
          checkpoint: (file) => seen.checkpoints.push(file),
          log: (line) => seen.log.push(line),
          check: () => {},
        },
      });
      assert.ok(model.kind === 'network');
      return { model, ...seen };
    }
    const quality = (model: TrainedModel): number => {
      const unseen = makeRows(3000, 3);
      return metricsOf('binary', [...compileScorer(model).logitChunk(unseen)], unseen.columns[LABEL] as number[])
        .averagePrecision!;
    };
    const refusal = async (job: Partial<TrainingJob>, splits?: SplitRows): Promise<UserError> => {
      const error: unknown = await run(job, splits).then(
        () => null,
        (reason: unknown) => reason,
      );
      assert.ok(error instanceof UserError, String(error));
      return error;
    };

    it('finds with an mlp the pattern that a logistic regression cannot', async () => {
      const mlp = await run({ candidate: anMlp() });
      const logistic = await run({ candidate: aLogistic() });
      const [ofMlp, ofLogistic] = [quality(mlp.model), quality(logistic.model)];
      assert.ok(ofMlp > 0.85 && ofLogistic < 0.6, `average precision: mlp ${ofMlp}, logistic ${ofLogistic}`);
    });

    describe('of a number', () => {
      /** Around 500, bent where east meets north: no sum of the columns' shares can tell. */
      const numbered = (rows: number, seed: number) => {
        const chunk = makeRows(rows, seed);
        const random = createRandom(seed);
        const { east, north } = chunk.columns as Record<string, number[]>;
        const label = east!.map((x, row) => 500 + 20 * x + 30 * Math.abs(x + north![row]!) + random.normal(0, 4));
        return { ...chunk, columns: { ...chunk.columns, [LABEL]: label } };
      };
      const splits = () => ({ train: numbered(4000, 1), selection: numbered(1500, 2) });
      const explained = (model: TrainedModel): number => {
        const unseen = numbered(3000, 3);
        return metricsOf('number', compileScorer(model).scoreChunk(unseen), unseen.columns[LABEL] as number[]).r2!;
      };
      const aLinear = () => ({ ...aLogistic(), kind: 'linear', name: 'linear' }) as Candidate;

      it("estimates in the label's own unit, and better with an mlp than with a line where the truth is bent", async () => {
        const mlp = await run({ labelKind: 'number', candidate: anMlp({ dropout: 0, epochs: 10 }) }, splits());
        const linear = await run({ labelKind: 'number', candidate: aLinear() }, splits());
        const [ofMlp, ofLinear] = [explained(mlp.model), explained(linear.model)];
        assert.ok(ofMlp > 0.93 && ofLinear > 0.3 && ofLinear < 0.7, `R squared: mlp ${ofMlp}, linear ${ofLinear}`);
        assert.ok(Math.abs(mlp.model.target!.mean - 534) < 5);
      });

      it('resumes from a checkpoint to exactly the same model', async () => {
        const whole = await run({ labelKind: 'number', candidate: aLinear() }, splits());
        const resumed = await run(
          { labelKind: 'number', candidate: aLinear(), resumeFrom: whole.checkpoints[1]! },
          splits(),
        );
        assert.deepEqual(resumed.model.layers, whole.model.layers);
        assert.deepEqual(resumed.model.target, whole.model.target);
      });

      it('is not led astray by a few labels that are far too large', async () => {
        const spoilt = splits();
        for (const { columns } of Object.values(spoilt))
          columns[LABEL] = columns[LABEL].map((label, i) => (i % 100 === 7 ? 20 * label : label));
        const { model } = await run(
          { labelKind: 'number', metric: 'mae', candidate: anMlp({ dropout: 0, epochs: 10 }) },
          spoilt,
        );
        const unseen = numbered(3000, 3);
        const { mae } = metricsOf('number', compileScorer(model).scoreChunk(unseen), unseen.columns[LABEL] as number[]);
        assert.ok(mae! < 40, `off by ${mae}, of labels around 534 that deviate by 33`);
      });

      it('aims at the mean of skewed labels where the gate does, and at their median where that is what counts', async () => {
        const skewed = (rows: number, seed: number) => {
          const chunk = makeRows(rows, seed);
          const random = createRandom(seed);
          const label = chunk.columns[LABEL]!.map(() => Math.exp(random.normal(0, 1)));
          return { ...chunk, columns: { ...chunk.columns, [LABEL]: label } };
        };
        const estimateFor = async (metric: MetricName): Promise<number> => {
          const candidate = anMlp({ dropout: 0, epochs: 10, hidden: [4] });
          const splits = { train: skewed(4000, 1), selection: skewed(1500, 2) };
          const { model } = await run({ labelKind: 'number', metric, candidate }, splits);
          const scores = [...compileScorer(model).scoreChunk(makeRows(500, 3))];
          return scores.reduce((sum, score) => sum + score) / scores.length;
        };
        const [mean, median] = [await estimateFor('rmse'), await estimateFor('mae')];
        assert.ok(Math.abs(mean - Math.exp(0.5)) < 0.12, `${mean}, where the mean is 1.65`);
        assert.ok(Math.abs(median - 1) < 0.15, `${median}, where the median is 1`);
      });

      it('is refused when all labels are the same', async () => {
        const same = splits();
        same.train.columns[LABEL] = same.train.columns[LABEL].map(() => 3);
        const error = await refusal({ labelKind: 'number', candidate: aLinear() }, same);
        assert.equal(error.code, 'LABEL_CONSTANT');
        assert.match(error.message, /All 4000 rows of the train split have the label 3/);
      });
    });

    it('learns a line with a logistic regression', async () => {
      const line = (rows: number, seed: number) => {
        const chunk = makeRows(rows, seed);
        chunk.columns[LABEL] = (chunk.columns['east'] as number[]).map((east) => (east > 0.5 ? 1 : 0));
        return chunk;
      };
      const { model } = await run(
        { candidate: aLogistic({ learningRate: 0.03 }) },
        { train: line(4000, 1), selection: line(1000, 2) },
      );
      const scorer = compileScorer(model);
      const row = { north: 0, country: 'nl', online: true, hour: 12 };
      const [east, west] = [scorer.score({ ...row, east: 2 }), scorer.score({ ...row, east: -1 })];
      assert.ok(east > 0.9 && west < 0.1, `${east} in the east, ${west} in the west`);
    });

    it('probes its model with rows that the compiled scorer scores as it was trained, nulls among them', async () => {
      const { model } = await run();
      const scorer = compileScorer(model);
      assert.equal(model.probe.rows.length, 17);
      assert.ok(Object.values(model.probe.rows[0]!).every((value) => value === null));
      for (const [index, row] of model.probe.rows.entries())
        assert.ok(Math.abs(scorer.logit(row) - model.probe.logits[index]!) < 1e-5);
    });

    it('gives the same weights again for the same seed, and others for another', async () => {
      const [first, again, other] = [await run(), await run(), await run({ seed: 8 })];
      assert.deepEqual(again.model.layers, first.model.layers);
      assert.notDeepEqual(other.model.layers, first.model.layers);
    });

    it('ends with the weights of an uninterrupted training when it is resumed from a checkpoint, also with more memory', async () => {
      const whole = await run({}, smallSplits(), 0.5);
      for (const checkpoint of [whole.checkpoints[1]!, whole.checkpoints.at(-1)!]) {
        const resumed = await run({ resumeFrom: checkpoint });
        assert.deepEqual(resumed.model.layers, whole.model.layers);
        assert.deepEqual(resumed.model.encodings, whole.model.encodings);
        assert.equal(resumed.checkpoints.length + Number(/(\d+)\.json/.exec(checkpoint)![1]), whole.checkpoints.length);
      }
    });

    if (!insistsOnTensorflow)
      it('mixes as many rows as the checkpoint of an earlier release did, and starts anew where those of another do not fit', async () => {
        const [whole, small] = [
          await run(),
          await run({ folder: await mkdtemp(join(folder, 'small-')) }, undefined, 0.5),
        ];
        assert.notDeepEqual(small.model.layers, whole.model.layers);
        const { pool, ...state } = JSON.parse(await readFile(whole.checkpoints[1]!, 'utf8')) as { pool: number };
        assert.equal(pool, 4000);
        const earlier = join(folder, 'earlier.json');
        await writeFile(earlier, JSON.stringify(state));
        const resumed = await run({ resumeFrom: earlier }, undefined, 0.5);
        assert.deepEqual(resumed.model.layers, whole.model.layers);
        const anew = await run({ resumeFrom: whole.checkpoints[2]! }, undefined, 0.5);
        assert.deepEqual(anew.model.layers, small.model.layers);
        assert.match(anew.log.join(), /its pool of rows does not fit into the memory of this worker/);
      });

    it('starts from nothing, and says so, when the checkpoint is damaged or of another candidate', async () => {
      const whole = await run();
      const damaged = join(folder, 'damaged.json');
      await writeFile(damaged, '{"epoch": 3');
      const other = (
        await run({ candidate: anMlp({ hidden: [4], epochs: 1 }), folder: await mkdtemp(join(folder, 'other-')) })
      ).checkpoints[0]!;
      for (const resumeFrom of [damaged, other, join(folder, 'absent.json')]) {
        const { model, log } = await run({ resumeFrom });
        assert.deepEqual(model.layers, whole.model.layers);
        assert.ok(
          log.some((line) => line.includes(resumeFrom)),
          log.join(),
        );
      }
    });

    it('keeps the weights of the best epoch, and stops six epochs after it', async () => {
      const few: SplitRows = { train: makeRows(200, 1), selection: makeRows(1500, 2) };
      const overfitting = anMlp({ epochs: 60, hidden: [64, 64], dropout: 0, learningRate: 0.01, batchSize: 32 });
      const { model, progress } = await run({ candidate: overfitting }, few);
      const losses = new Map(progress.filter((p) => p.done > 0).map((p) => [p.done, p.selectionLoss!]));
      const best = [...losses].sort(([, a], [, b]) => a - b)[0]![0];
      assert.equal(model.trainedWith.epochs, best);
      assert.equal(Math.max(...losses.keys()), best + 6);
      const { columns } = few.selection!;
      const { loss } = logLoss(
        Float32Array.from(compileScorer(model).logitChunk(few.selection!)),
        Float32Array.from(columns[LABEL] as number[]),
      );
      assert.ok(Math.abs(loss - losses.get(best)!) < 1e-4, `${loss} is the loss of epoch ${best}, ${losses.get(best)}`);
    });

    if (insistsOnTensorflow)
      // our own kernel leaves it to a full fit
      it('starts at the base rate, so that a rare label is not learnt from nothing', async () => {
        const rare = (rows: number, seed: number) => {
          const chunk = makeRows(rows, seed);
          chunk.columns[LABEL] = chunk.columns[LABEL]!.map((_, row) => (row % 100 === 0 ? 1 : 0));
          return chunk;
        };
        const gentle = aLogistic({ epochs: 1, learningRate: 1e-6 });
        const { model } = await run({ candidate: gentle }, { train: rare(4000, 1), selection: rare(1500, 2) });
        assert.ok(Math.abs(compileScorer(model).score({}) - 0.01) < 1e-4);
      });

    it('refuses a label of one class and names the split, the class and the rows', async () => {
      const oneClass = makeRows(500, 4);
      oneClass.columns[LABEL] = oneClass.columns[LABEL]!.map(() => 0);
      for (const split of ['train', 'selection'] as const) {
        const error = await refusal({}, { ...smallSplits(), [split]: oneClass });
        assert.equal(error.code, 'LABEL_ONE_CLASS');
        assert.match(error.message, new RegExp(`500 rows of the ${split} split have label 0`));
      }
    });

    it('refuses a split without rows', async () => {
      assert.equal((await refusal({}, { train: makeRows(100, 1) })).code, 'TOO_FEW_ROWS');
    });

    it('ends when the loss is no longer a number, and names the learning rate', async () => {
      const error = await refusal({ candidate: anMlp({ learningRate: 1e30 }) });
      assert.equal(error.code, 'TRAINING_DIVERGED');
      assert.match(error.message, /learningRate 1e\+30/);
    });

    it('names the column that may have made the loss no number, and none of its values', async () => {
      const far = makeRows(400, 4);
      far.columns['north']![7] = 31_415;
      const inputs = { candidate: anMlp({ learningRate: 1e30 }) };
      const { message } = await refusal(inputs, { train: far, selection: makeRows(100, 2) });
      assert.match(message, /extreme values of column "north"/);
      assert.doesNotMatch(message, /31.?41/);
    });

    it('leaves no tensor behind', async () => {
      const before = tensors.tf.memory().numTensors;
      await run();
      assert.equal(tensors.tf.memory().numTensors, before);
    });
  });
