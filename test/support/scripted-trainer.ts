import { type TrainedModel } from '../../core/model/artifact.ts';
import { encodeWeights } from '../../core/model/weights.ts';
import { type Trainer, type TrainingJob } from '../../core/ports.ts';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

type Progress = Parameters<Trainer['train']>[1];

/** A model of one number: the larger an amount is for its card, the more it looks like fraud. */
export const aTrainedModel = (weight = 1): TrainedModel => ({
  encodings: [
    {
      kind: 'number',
      column: 'amount_to_usual',
      transform: 'log',
      median: 1,
      mean: 0,
      deviation: 1,
      flagMissing: false,
    },
  ],
  layers: [
    {
      inputs: 1,
      units: 1,
      activation: 'linear',
      kernel: encodeWeights(Float32Array.of(weight)),
      bias: encodeWeights(Float32Array.of(-3)),
    },
  ],
  probe: { rows: [{ amount_to_usual: 0 }], logits: [-3] },
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
