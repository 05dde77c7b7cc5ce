/** A thread that helps to grow trees: started by engine.ts, until that has no more tasks. */
import { help } from './crew.ts';
import { createTasks, type Shared } from './tasks.ts';
import { parentPort, workerData } from 'node:worker_threads';

const shared = workerData as Shared;
const { work } = createTasks(shared);
parentPort!.postMessage('started');
help(new Int32Array(shared.memory.buffer, shared.places.claims, 16), work);
