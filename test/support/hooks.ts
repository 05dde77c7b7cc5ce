import { endAll } from './at-end.ts';
import { offerPostgres } from './postgres/shared-postgres.ts';
import { type RootHookObject } from 'mocha';

// Mocha takes these from the files it is told to `require`. The global ones run once, in its own process.
let closeShared: () => Promise<void>;
export const mochaGlobalSetup = async (): Promise<void> => void (closeShared = await offerPostgres());
export const mochaGlobalTeardown = (): Promise<void> => closeShared();
export const mochaHooks: RootHookObject = { afterAll: endAll };
