import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** The `node --import` argument with which a child process runs our TypeScript from any folder. */
export const tsxLoader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
