/** A thread that computes: asked by adapters/machine/threads.ts, one computation at a time. What it throws ends it. */
import { type ThreadRequest } from '../adapters/machine/threads.ts';
import { computations, type Computations } from '../activities/steps/computations.ts';
import { parentPort } from 'node:worker_threads';

parentPort!.on('message', ({ name, input }: ThreadRequest) => {
  const computation = computations[name as keyof Computations] as (...input: unknown[]) => unknown;
  parentPort!.postMessage(computation(...input));
});
