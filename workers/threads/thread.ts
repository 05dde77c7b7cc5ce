/** A thread that computes: asked by threads.ts, one computation at a time. What it throws ends it. */
import { computations, type Computations } from '../../activities/steps/computations.ts';
import { parentPort } from 'node:worker_threads';

/** The message to a thread, which answers with the computation's result. */
export interface ThreadRequest {
  name: string;
  input: unknown[];
}

parentPort!.on('message', (request: ThreadRequest) => void answer(request));

async function answer({ name, input }: ThreadRequest): Promise<void> {
  const computation = computations[name as keyof Computations] as (...input: unknown[]) => unknown;
  parentPort!.postMessage(await computation(...input));
}
