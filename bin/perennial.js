#!/usr/bin/env node
import { load } from './load.js';

const { main } = await load(new URL('../client/main.ts', import.meta.url));
const code = await main(process.argv.slice(2));
// Once all is written, it ends: a server that never answers must not hold a command that has said so.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
