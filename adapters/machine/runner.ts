import { fileURLToPath } from 'node:url';

/** Runs one of our TypeScript programs in a process of its own: `node RUNNER PROGRAM ...`, from any folder. */
export const runner = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
