/** A thread that helps to train a network, once it is told what is shared, until there are no more tasks. */
import { createTasks, type Shared } from './tasks.ts';
import { help } from '../../crew/crew.ts';
import { parentPort } from 'node:worker_threads';

parentPort!.once('message', ({ thread, ...shared }: Shared & { thread: number }) => {
  const { work, places } = createTasks(shared, thread);
  parentPort!.postMessage('started');
  help(new Int32Array(shared.memory.buffer, places.claims, 16), work);
});
