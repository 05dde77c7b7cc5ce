import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** What `node --import` takes so that a child process runs our TypeScript as it is, from whichever folder. */
export const tsxLoader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
