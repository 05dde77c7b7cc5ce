import { type Engine, type EngineParts } from './engine.ts';
import { createKernelEngine } from './kernel/engine.ts';
import { outputsOf } from './loss.ts';
import { createNetwork } from './network.ts';
import { createTensorEngine } from './tensorflow/engine.ts';
import { type Surroundings } from '../train.ts';
import { type Tensors } from '../../../adapters/training/tensors.ts';
import { type TrainingJob } from '../../../core/training/trainer.ts';

/**
 * Weights from which native TF.js is the quicker one: at 512-512 units (0.3 million) both took the same time on one core,
 * at 1024-1024 (1.3 million) it took 0.6 of the kernel's, at 64-32 sixteen times as much.
 */
const LARGE = 500_000;

/** The engine of a training, and TF.js where that is what learns. */
export async function createEngineFor(
  { candidate }: TrainingJob,
  parts: EngineParts,
  {
    tensors,
    insistsOnTensorflow,
    events,
    threads = 1,
  }: Pick<Surroundings, 'tensors' | 'insistsOnTensorflow' | 'events' | 'threads'>,
): Promise<{ engine: Engine; tensors: Tensors | null }> {
  const declared = 'engine' in candidate ? candidate.engine : undefined;
  if (declared === 'tfjs' || insistsOnTensorflow) {
    const loaded = await tensors();
    return { engine: createTensorEngine(loaded, parts), tensors: loaded };
  }
  const { layout, plan, loss } = parts;
  if (createNetwork(layout.width, plan, outputsOf(loss)).parameters.length >= LARGE) {
    const loaded = await tensors();
    if (loaded.backend === 'native') return { engine: createTensorEngine(loaded, parts), tensors: loaded };
  }
  events.log(`Training ${candidate.name} in process ${process.pid} with our own kernel`);
  return { engine: createKernelEngine(parts, { threads, log: events.log }), tensors: null };
}
