/**
 * The child process that trains one candidate: asked by trainer-process.ts, over IPC, once. Its training
 * holds the event loop for milliseconds at a time, so that the parent's death is noticed between two batches.
 */
import { writeWhole } from './whole-file.ts';
import { type TrainerMessage, type TrainerRequest } from './protocol.ts';
import { train } from './train.ts';
import { createAnalytics } from '../../adapters/duckdb/analytics.ts';
import { loadTensorflow, type Tensors } from '../../adapters/training/tensors.ts';
import { messageOf, UserError } from '../../core/base/errors/errors.ts';
import { join } from 'node:path';

// A clean exit would wait for DuckDB's threads, for nobody.
const die = (): never => process.kill(process.pid, 'SIGKILL') as never;
process.on('disconnect', die);
if (!process.connected) die();
process.on('SIGINT', () => {}); // Ctrl-C reaches the whole group: the worker decides about its trainings

const tell = (message: TrainerMessage): Promise<void> =>
  new Promise((sent) => process.send?.(message, undefined, {}, () => sent()));

process.once('message', (request: TrainerRequest) => void answer(request));

async function answer({ job, memoryLimitMb, threads, tensorflow, recipeRoots }: TrainerRequest): Promise<void> {
  try {
    const log = (line: string): void => void tell({ kind: 'log', line });
    const analytics = await createAnalytics({
      memoryLimit: `${Math.round(memoryLimitMb / 4)}MB`,
      threads: 1,
      folder: job.folder,
    });
    const model = await train(job, {
      analytics,
      memoryLimitMb,
      threads,
      tensors: async () => {
        await tell({ kind: 'loading' });
        const tensors = await loadTensorflow(tensorflow);
        await tell({ kind: 'loaded' });
        log(`Training ${job.candidate.name} in process ${process.pid} with TF.js ${inWords(tensors)}`);
        return tensors;
      },
      recipeRoots,
      insistsOnTensorflow: (tensorflow.wanted ?? '') !== '',
      events: {
        progress: (progress) => void tell({ kind: 'progress', progress }),
        checkpoint: (file) => void tell({ kind: 'checkpoint', file }),
        log,
        check: () => checkMemory(job.candidate.name, memoryLimitMb),
      },
    });
    await tell({ kind: 'done', file: await writeWhole(join(job.folder, 'trained.json'), model) });
  } catch (error) {
    await tell({
      kind: 'failed',
      code: error instanceof UserError ? error.code : null,
      message: messageOf(error),
      ...(error instanceof Error && error.stack ? { stack: error.stack } : {}),
    });
  }
  process.off('disconnect', die);
  process.disconnect();
  process.exit(0);
}

const inWords = ({ version, backend, whyNotNative }: Tensors): string =>
  `${version} (${backend}${whyNotNative === null ? '' : `; not native: ${whyNotNative}`})`;

function checkMemory(candidate: string, limitMb: number): void {
  const usedMb = process.memoryUsage.rss() / 2 ** 20;
  if (usedMb <= limitMb) return;
  throw new UserError(
    'TRAINING_OUT_OF_MEMORY',
    `Training "${candidate}" took ${Math.round(usedMb)} MB, above its limit of ${limitMb} MB. Declare a smaller ` +
      'batchSize, fewer hidden units or leaves, or raise PERENNIAL_TRAINING_MEMORY_MB on the worker.',
  );
}
