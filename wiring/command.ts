import { createPredictionServer } from '../adapters/http/prediction-server.ts';
import { readRunning } from '../adapters/machine/running.ts';
import { temporalNamedBy, withoutTemporal } from '../adapters/temporal/connection/connection-profile.ts';
import type { Actor } from '../core/access/actor.ts';
import type { Config } from '../core/base/settings/config.ts';
import { listed } from '../core/base/settings/setting-kinds.ts';
import { UserError } from '../core/base/errors/errors.ts';
import { reachOperations } from './operations.ts';
import { tracesOf } from './traces.ts';
import { environment, type Environment, machineIn, readConfig } from './settings.ts';
import { userInfo } from 'node:os';
import { join } from 'node:path';

interface Places {
  /** Where "npm start" keeps its state. */
  home: string;
  /** The folder of declarations; absent: that of what runs in the home folder, or 'pipelines'. */
  pipelines?: string;
}

/**
 * What commands use: what the environment names, or otherwise what runs in the home folder. What only some of them need
 * is loaded by those.
 */
export function connectCommand({ home, pipelines: named }: Places, given = environment) {
  const running = given['DATABASE_URL'] ? null : readRunning(home);
  // What starts it names the folder of its declarations first.
  const pipelines = named ?? listed(running?.['PERENNIAL_RECIPES'] ?? '')[0] ?? 'pipelines';
  // Commands keep nothing in the data folder, so they do not require it. Only an installation's workers know which
  // files it reads; commands allow those beside the declarations.
  const together: Environment = { PERENNIAL_DATA: join(home, 'data'), ...togetherWith(running, given) };
  const settings = { ...together, PERENNIAL_DATA_ROOTS: together['PERENNIAL_DATA_ROOTS'] || pipelines };
  const configOf = (): Config => {
    if (running || given['DATABASE_URL']) return readConfig(settings);
    throw new UserError(
      'NOT_RUNNING',
      `Nothing is running in ${home}. Start it with "npm start", name another folder with --home, or set DATABASE_URL, ` +
        'OBJECT_STORE_URL and TEMPORAL_ADDRESS to reach an installation.',
    );
  };
  const readAll = async (files: string[]) => {
    const { readDeclarations } = await import('../adapters/declarations/declarations.ts');
    return readDeclarations(files.length > 0 ? files : [pipelines], listed(settings.PERENNIAL_DATA_ROOTS));
  };
  const server = serverOf(settings);
  const { bundlesFolder, tensorflow } = machineIn(settings);
  return {
    readDeclarations: readAll,
    async columnProblems(declared: Awaited<ReturnType<typeof readAll>>) {
      const { columnProblems } = await import('../adapters/doctor/declarations.ts');
      return columnProblems(declared, settings);
    },
    predictionServer: (url = server.url) => createPredictionServer({ ...server, url }),
    async examine(patienceMs?: number) {
      const [{ createChecks }, { examine }] = await Promise.all([
        import('../adapters/doctor/checks.ts'),
        import('../operations/doctor.ts'),
      ]);
      const checks = createChecks({ configOf, settings, tensorflow, server, readDeclarations: () => readAll([]) });
      return examine(checks, patienceMs);
    },
    async replay() {
      const { replayOpenRuns, silenceSdk } = await import('../adapters/temporal/bundles/replay.ts');
      silenceSdk();
      return replayOpenRuns(configOf().temporal, bundlesFolder);
    },
    async connect(tell: (words: string) => void) {
      const config = configOf();
      // In a container everybody is the same user. The database's password allows everything anyway.
      const actor: Actor = { name: given['PERENNIAL_USER'] || userInfo().username, from: 'cli', role: 'admin' };
      const noMoreTraces = await tracesOf(config, 'perennial-cli');
      const { operations, close } = await reachOperations(config, actor, { tell });
      return {
        operations,
        temporalUi: config.temporal.uiUrl,
        simulated: config.clock !== undefined,
        async close() {
          await close();
          await noMoreTraces();
        },
      };
    },
  };
}

/**
 * What runs in the home folder, overridden by the environment; but Temporal's variables come all from one or all from
 * the other.
 */
const togetherWith = (running: Record<string, string> | null, given: Environment): Environment =>
  running === null || temporalNamedBy(given)
    ? { ...withoutTemporal(running ?? {}), ...given }
    : { ...running, ...withoutTemporal(given) };

/** Where the prediction server is, from the same variables that it reads itself. */
function serverOf(settings: Environment): { url: string; key: string | undefined } {
  const { PERENNIAL_HOST: host, PERENNIAL_PORT: port, PERENNIAL_API_KEYS: keys } = settings;
  const anywhere = !host || host === '0.0.0.0' || host === '::';
  const name = anywhere ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return { url: `http://${name}:${port || 8080}`, key: keys?.split(',')[0]?.trim() || undefined };
}
