import type { Config } from '../../core/base/settings/config.ts';
import { failed, ok, warning, type Check } from '../../core/runs/doctor.ts';
import { createObjectStore } from '../objects/object-store.ts';
import { notOurs, reach } from '../http/prediction-server.ts';
import type { Circumstances } from '../training/tensors.ts';
import { alertsCheck } from './alerts.ts';
import { databaseChecks } from './database.ts';
import { declarationChecks } from './declarations.ts';
import { backendCheck, dataFolderCheck, memoryCheck, nodeCheck } from './machine.ts';
import { temporalChecks } from './temporal.ts';

export interface Installation {
  /** Throws when the settings are not complete, or nothing runs in the home folder. */
  configOf(): Config;
  settings: Record<string, string | undefined>;
  /** Which TF.js a training takes. */
  tensorflow: Circumstances;
  server: { url: string; key: string | undefined };
  readDeclarations(): Promise<{ input: unknown; file: string }[]>;
}

/** Everything that an installation depends on, as far as it is known here. */
export function createChecks({ configOf, settings, tensorflow, server, readDeclarations }: Installation): Check[] {
  const always = [nodeCheck(), ...declarationChecks(readDeclarations, settings), serverCheck(server)];
  let config: Config;
  try {
    config = configOf();
  } catch (error) {
    // Without settings there is nothing to check; the fix is to provide them.
    return [...always, { name: 'settings', look: () => Promise.reject(error) }];
  }
  return [
    ...always,
    {
      name: 'settings',
      look: async () => ok(`Complete${config.clock === undefined ? '' : ', with a simulated clock'}.`),
    },
    dataFolderCheck(config.dataFolder),
    memoryCheck(config),
    backendCheck(tensorflow, settings),
    ...databaseChecks(config.databaseUrl),
    alertsCheck(config.databaseUrl),
    storeCheck(config),
    ...temporalChecks(config),
  ];
}

const storeCheck = (config: Config): Check => ({
  name: 'object store',
  needed: true,
  async look() {
    const store = createObjectStore(config);
    const key = 'doctor/written';
    await store.put(key, new TextEncoder().encode('Written by perennial doctor.'));
    await store.get(key);
    return ok(`${config.objectStoreUrl} can be written and read.`);
  },
});

const serverCheck = ({ url, key }: Installation['server']): Check => ({
  name: 'prediction server',
  needed: true,
  async look(signal) {
    const response = await reach(url, '/health', key, { signal });
    const health = (await response.json().catch(() => null)) as Health | null;
    if (!health?.pipelines) throw notOurs(url, `status ${response.status}`);
    const troubled = Object.entries(health.pipelines).flatMap(([name, { problem }]) =>
      problem ? [`${name}: ${problem}`] : [],
    );
    if (!health.ready)
      return failed(`${url} answers but has no model to serve yet.`, 'Train a model: perennial run PIPELINE training');
    if (troubled.length > 0)
      return warning(`${troubled.join('\n')}`, `It keeps serving the models it has. See ${url}/health`);
    if (!health.database.reachable)
      return warning(`${url} serves but cannot reach Postgres.`, 'Its spool keeps the predictions until it can.');
    return ok(`${url} serves ${Object.keys(health.pipelines).join(', ')}.`);
  },
});

interface Health {
  ready: boolean;
  pipelines: Record<string, { problem: string | null }>;
  database: { reachable: boolean };
}
