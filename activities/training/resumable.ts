import { checkpointKey } from '../../core/data/objects/object-keys.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { type TrainedModel } from '../../core/model/artifact.ts';
import { type Trainer, type TrainingJob } from '../../core/training/trainer.ts';
import { createRunAccess, type Stored, type TrainingPorts } from './training-run.ts';
import { cancellationSignal } from '@temporalio/activity';
import { readFile } from 'node:fs/promises';

interface Resumable {
  run: string;
  job: Omit<TrainingJob, 'resumeFrom' | 'folder'>;
  /** What an earlier attempt left. */
  checkpoint: Stored | null;
  onProgress: Parameters<Trainer['train']>[1]['onProgress'];
  /** Told of each new checkpoint once it is stored. */
  onCheckpoint: (checkpoint: Stored) => void;
}

/** Trains in a process of its own, from the checkpoint that the attempt before left, on any worker. */
export function createResumable(ports: TrainingPorts) {
  const { cache, trainer } = ports;
  const { put } = createRunAccess(ports);

  /** A checkpoint only saves time: if it is lost or damaged, training starts from scratch. */
  async function fileOf(checkpoint: Stored | null): Promise<string | null> {
    try {
      return checkpoint && (await cache.fetch(checkpoint));
    } catch (error) {
      if (error instanceof UserError) return null;
      throw error;
    }
  }

  return ({ run, job, checkpoint, onProgress, onCheckpoint }: Resumable): Promise<TrainedModel> =>
    cache.withFolder(async (folder) =>
      trainer.train(
        { ...job, resumeFrom: await fileOf(checkpoint), folder },
        {
          signal: cancellationSignal(),
          onProgress,
          onCheckpoint: async (path) => {
            const keyOf = (sha256: string): string => checkpointKey(run, job.candidate.name, sha256);
            onCheckpoint(await put(keyOf, await readFile(path)));
          },
        },
      ),
    );
}
