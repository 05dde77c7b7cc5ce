import { readDeclarations } from '../adapters/declarations.ts';
import { createChecks } from '../adapters/doctor/checks.ts';
import { createPredictionServer } from '../adapters/prediction-server.ts';
import { connectOperationPorts } from '../adapters/operation-ports.ts';
import { readRunning } from '../adapters/running.ts';
import { type Config, foldersOf, parseConfig } from '../core/config.ts';
import { framesOf, messageOf, UserError } from '../core/errors.ts';
import { createOperations, type Operations } from '../operations/index.ts';
import { printable } from '../core/shown.ts';
import { examine } from '../operations/doctor.ts';
import { type GlobalOptions, runCli } from './cli.ts';
import { userInfo } from 'node:os';
import { join } from 'node:path';

/** What operations lean on, connected; `close` lets go of it. */
export async function connectOperations(config: Config): Promise<{ operations: Operations; close(): Promise<void> }> {
  const { ports, check, close } = await connectOperationPorts(config);
  await check().catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return { operations: createOperations(ports), close };
}

/** The `perennial` command. Reaches what the environment names, or else what runs in the home folder. */
export function main(argv: string[], environment: NodeJS.ProcessEnv): Promise<0 | 1 | 2> {
  const surround = ({ home, pipelines }: GlobalOptions) => {
    const running = environment['DATABASE_URL'] ? null : readRunning(home);
    // Commands keep nothing in the data folder, so whoever has none is not asked for it. Which files an installation reads, its workers know; elsewhere it is those beside the declarations.
    const given: Record<string, string | undefined> = {
      PERENNIAL_DATA: join(home, 'data'),
      ...running,
      ...environment,
    };
    const settings = { ...given, PERENNIAL_DATA_ROOTS: given['PERENNIAL_DATA_ROOTS'] || pipelines };
    const configOf = (): Config => {
      if (running || environment['DATABASE_URL']) return parseConfig(settings);
      throw new UserError(
        'NOT_RUNNING',
        `Nothing runs in ${home}. Start it there with "npm start", name its folder with --home, or set DATABASE_URL, ` +
          'OBJECT_STORE_URL and TEMPORAL_ADDRESS to reach an installation.',
      );
    };
    const dataRoots = foldersOf(settings.PERENNIAL_DATA_ROOTS);
    const readAll = (files: string[]) => readDeclarations(files.length > 0 ? files : [pipelines], dataRoots);
    const server = serverOf(settings);
    return {
      // In a container everybody is the same user.
      by: environment['PERENNIAL_USER'] || userInfo().username,
      readDeclarations: readAll,
      predictionServer: (url = server.url) => createPredictionServer({ ...server, url }),
      examine: () => examine(createChecks({ configOf, settings, server, readDeclarations: () => readAll([]) })),
      async connect() {
        const config = configOf();
        return { ...(await connectOperations(config)), temporalUi: config.temporal.uiUrl };
      },
    };
  };
  // What is told may come from data, which a terminal would obey.
  const out = (text: string): void => void process.stdout.write(printable(text));
  const err = (text: string): void => void process.stderr.write(printable(text));
  return runCli(argv, surround, { out, err }).catch((error: unknown) => {
    // Node would print all that a driver hangs on its errors.
    err(`It failed unexpectedly: ${messageOf(error)}\n${framesOf(error)}\n`);
    return 1;
  });
}

/** Where the prediction server is, from the same variables that it reads itself. */
function serverOf(settings: Record<string, string | undefined>): { url: string; key: string | undefined } {
  const { PERENNIAL_HOST: host, PERENNIAL_PORT: port, PERENNIAL_API_KEYS: keys } = settings;
  const anywhere = !host || host === '0.0.0.0' || host === '::';
  const name = anywhere ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return { url: `http://${name}:${port || 8080}`, key: keys?.split(',')[0]?.trim() || undefined };
}
