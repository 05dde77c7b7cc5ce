// A thread starts as plain JavaScript: loaders given on the command line reach the main thread alone.
import { register } from 'tsx/esm/api';

register();
await import('./thread.ts');
