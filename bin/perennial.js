#!/usr/bin/env node
import { register } from 'tsx/esm/api';

register();
const { main } = await import('../client/main.ts');
const code = await main(process.argv.slice(2));
// Once all is written, it ends: a server that never answers must not hold a command that has said so.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
