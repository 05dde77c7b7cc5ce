// Builds programs before their first start, where later nothing can be written: node bin/build.js server/main.ts workers/main.ts
import { build } from './load.js';

for (const program of process.argv.slice(2)) await build(program);
