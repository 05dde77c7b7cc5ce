// Runs one of our TypeScript programs: node bin/run.js server/main.ts --workers 2
import { load } from './load.js';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [node, , program = '', ...args] = process.argv;
const file = resolve(program);
process.argv = [node, file, ...args]; // as if Node ran the program itself
await load(pathToFileURL(file));
