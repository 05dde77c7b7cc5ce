import { type TrainedModel } from '../../../core/model/artifact.ts';
import { encodeWeights } from '../../../core/model/numbers/weights.ts';
import { type Trainer, type TrainingJob } from '../../../core/training/trainer.ts';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

type Progress = Parameters<Trainer['train']>[1];

const asLogarithm = (column: string) =>
  ({ kind: 'number', column, transform: 'log', median: 1, mean: 0, deviation: 1, flagMissing: false }) as const;

/** Many payments a day, far from home, at a desk: three simple signs of fraud that tell a good part of it. */
export const aTrainedModel = (): TrainedModel => ({
  encodings: [
    asLogarithm('transactions_24h'),
    asLogarithm('distance_from_home'),
    { kind: 'category', column: 'device', levels: ['desktop'] },
  ],
  kind: 'network',
  layers: [
    {
      inputs: 3,
      units: 1,
      activation: 'linear',
      kernel: encodeWeights(Float32Array.of(1, 0.5, 1)),
      bias: encodeWeights(Float32Array.of(-6)),
    },
  ],
  probe: { rows: [{ transactions_24h: 0, distance_from_home: 0, device: 'desktop' }], logits: [-5] },
  trainedWith: { backend: 'test', tensorflow: '0', epochs: 1, rows: 1, seconds: 0 },
});

/** A trainer that does at once what the test says; without a word it returns a model that is better than chance. */
export function createScriptedTrainer() {
  const jobs: TrainingJob[] = [];
  let plays: ((job: TrainingJob, progress: Progress) => Promise<TrainedModel>)[] = [];
  const trainer: Trainer = {
    async train(job, progress) {
      jobs.push(job);
      const play = plays.shift();
      return play ? play(job, progress) : aTrainedModel();
    },
  };
  return {
    trainer,
    jobs,
    /** What the next trainings do, one after the other. */
    next(...script: typeof plays): void {
      plays = script;
    },
    /** Hands over a checkpoint with this text. */
    async checkpoint(job: TrainingJob, progress: Progress, text: string): Promise<void> {
      const file = join(job.folder, 'checkpoint.json');
      await writeFile(file, text);
      await progress.onCheckpoint(file);
    },
  };
}
