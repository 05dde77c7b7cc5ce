import { connectOperationPorts } from '../adapters/operation-ports.ts';
import { createPredictionServer } from '../adapters/http/prediction-server.ts';
import { patiently, type Patience } from '../adapters/machine/patience.ts';
import { isStartingUp } from '../adapters/postgres/database.ts';
import { readRunning } from '../adapters/machine/running.ts';
import { readConfig } from '../adapters/machine/config.ts';
import { type Config, foldersOf } from '../core/base/config.ts';
import { temporalNamedBy, withoutTemporal } from '../adapters/temporal/profile.ts';
import { UserError } from '../core/base/errors.ts';
import { type Actor, operator } from '../core/base/actor.ts';
import { createOperations, type Operations } from '../operations/index.ts';
import type { GlobalOptions, Surround } from './cli.ts';
import { userInfo } from 'node:os';
import { join } from 'node:path';

/** An actor's operations, connected; `close` disconnects. */
export async function connectOperations(
  config: Config,
  actor: Actor,
  patience: Patience = {},
): Promise<{ operations: Operations; close(): Promise<void> }> {
  const { ports, check, close } = await connectOperationPorts(config, patience);
  const hopeless = (error: unknown): boolean => !isStartingUp(error);
  await patiently({ ...patience, what: 'Postgres', ask: check, hopeless }).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return { operations: createOperations(ports).as(actor), close };
}

/**
 * What commands use: what the environment names, or else what runs in the home folder. What only some of them need is
 * loaded by those.
 */
export function surround(
  { home, pipelines }: GlobalOptions,
  environment: NodeJS.ProcessEnv,
): Awaited<ReturnType<Surround>> {
  const running = environment['DATABASE_URL'] ? null : readRunning(home);
  // Commands keep nothing in the data folder, so they do not require it. Only an installation's workers know which
  // files it reads; commands allow those beside the declarations.
  const given: Record<string, string | undefined> = {
    PERENNIAL_DATA: join(home, 'data'),
    ...togetherWith(running, environment),
  };
  const settings = { ...given, PERENNIAL_DATA_ROOTS: given['PERENNIAL_DATA_ROOTS'] || pipelines };
  const configOf = (): Config => {
    if (running || environment['DATABASE_URL']) return readConfig(settings);
    throw new UserError(
      'NOT_RUNNING',
      `Nothing is running in ${home}. Start it with "npm start", name another folder with --home, or set DATABASE_URL, ` +
        'OBJECT_STORE_URL and TEMPORAL_ADDRESS to reach an installation.',
    );
  };
  const readAll = async (files: string[]) => {
    const { readDeclarations } = await import('../adapters/declarations/declarations.ts');
    return readDeclarations(files.length > 0 ? files : [pipelines], foldersOf(settings.PERENNIAL_DATA_ROOTS));
  };
  const server = serverOf(settings);
  return {
    readDeclarations: readAll,
    predictionServer: (url = server.url) => createPredictionServer({ ...server, url }),
    async examine() {
      const [{ createChecks }, { examine }] = await Promise.all([
        import('../adapters/doctor/checks.ts'),
        import('../operations/doctor.ts'),
      ]);
      return examine(createChecks({ configOf, settings, server, readDeclarations: () => readAll([]) }));
    },
    async replay() {
      const { replayOpenRuns, silenceSdk } = await import('../adapters/temporal/replay.ts');
      silenceSdk();
      return replayOpenRuns(configOf().temporal);
    },
    async connect(tell) {
      const config = configOf();
      // In a container everybody is the same user.
      const actor = operator(environment['PERENNIAL_USER'] || userInfo().username, 'cli');
      return { ...(await connectOperations(config, actor, { tell })), temporalUi: config.temporal.uiUrl };
    },
  };
}

/**
 * What runs in the home folder, changed by the environment; but Temporal's variables are all of the one or all of the
 * other.
 */
const togetherWith = (running: Record<string, string> | null, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  running === null || temporalNamedBy(environment)
    ? { ...withoutTemporal(running ?? {}), ...environment }
    : { ...running, ...withoutTemporal(environment) };

/** Where the prediction server is, from the same variables that it reads itself. */
function serverOf(settings: Record<string, string | undefined>): { url: string; key: string | undefined } {
  const { PERENNIAL_HOST: host, PERENNIAL_PORT: port, PERENNIAL_API_KEYS: keys } = settings;
  const anywhere = !host || host === '0.0.0.0' || host === '::';
  const name = anywhere ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return { url: `http://${name}:${port || 8080}`, key: keys?.split(',')[0]?.trim() || undefined };
}
