/** A thread that helps to grow trees, once it is told what is shared, until there are no more tasks. */
import { createTasks, type Shared } from './tasks.ts';
import { help } from '../../crew/crew.ts';
import { parentPort } from 'node:worker_threads';

parentPort!.once('message', (shared: Shared) => {
  const { work } = createTasks(shared);
  parentPort!.postMessage('started');
  help(new Int32Array(shared.memory.buffer, shared.places.claims, 16), work);
});
