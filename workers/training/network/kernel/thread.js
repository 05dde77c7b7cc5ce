// A thread starts as plain JavaScript: loaders given on the command line reach the main thread alone.
import { load } from '../../../../bin/load.js';

await load(new URL('thread.ts', import.meta.url));
