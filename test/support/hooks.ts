import { endAll } from './at-end.ts';
import { type RootHookObject } from 'mocha';

/** Root hooks, which mocha takes from the files it is told to `require`. */
export const mochaHooks: RootHookObject = { afterAll: endAll };
