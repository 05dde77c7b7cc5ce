import { existsSync } from 'node:fs';
import { chmod, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { userCacheFolder } from '../../adapters/cache-folder.ts';
import { ensureSearchAttributes } from '../../adapters/temporal/search-attributes.ts';
import { messageOf, UserError } from '../../core/errors.ts';
import { type Leashed, startLeashed, untilReady } from '../leash.ts';
import { isFree } from '../ports.ts';
import { finished, makeInCache, output, sdkDownload } from './tool.ts';

// The newest that "go install" takes: later ones carry a replace directive, which it refuses.
const CLI_VERSION = '1.5.1';
const CLI_MODULE = 'github.com/temporalio/cli/cmd/temporal';
// The server in that version, which our workflows are tested with.
const OLDEST_SERVER = { major: 1, minor: 29 };

/**
 * Out of the box the dev server's one shard reads its queues at most 20 times a second, which costs 90 ms a step. A
 * hundred activities in a row took 10 s, and 1.6 s with these (database file, two cores).
 */
const fastSettings = [
  'history.transferProcessorMaxPollRPS=1000',
  'history.timerProcessorMaxPollRPS=1000',
  'history.visibilityProcessorMaxPollRPS=1000',
  'system.enableActivityEagerExecution=true',
];

export interface TemporalBinary {
  path: string;
  from: 'PATH' | 'cache' | 'download' | 'go';
  /** As it says itself. */
  version: string;
}

export interface FindTemporalOptions {
  /** Hears what is being done that takes long, a line at a time. */
  report: (line: string) => void;
  /** Where downloads and builds are kept. */
  cache?: string;
  env?: NodeJS.ProcessEnv;
}

/** The Temporal command with its dev server: installed, cached, downloaded, or built. Throws TEMPORAL_NOT_FOUND. */
export async function findTemporal({ report, cache, env = process.env }: FindTemporalOptions): Promise<TemporalBinary> {
  const toolchain = join(cache ?? userCacheFolder(env), 'toolchain');
  const folder = join(toolchain, `temporal-${CLI_VERSION}`);
  const cached = join(folder, 'temporal');
  const logFile = join(toolchain, 'temporal.log');

  const layers: [TemporalBinary['from'], string, () => Promise<string>][] = [
    ['PATH', 'the command "temporal" on the PATH', () => Promise.resolve('temporal')],
    [
      'cache',
      cached,
      () => (existsSync(cached) ? Promise.resolve(cached) : Promise.reject(new Error('not there yet'))),
    ],
    [
      'download',
      'the download by the Temporal SDK',
      async () => {
        report('Downloading the Temporal dev server ...');
        await makeInCache(folder, async (draft) => {
          const file = await sdkDownload('dev-server', draft, logFile, env);
          await rename(file, join(draft, 'temporal'));
          await chmod(join(draft, 'temporal'), 0o755);
        });
        return cached;
      },
    ],
    ['go', `a build by Go (go install ${CLI_MODULE}@v${CLI_VERSION})`, () => build(folder, logFile, report, env)],
  ];
  const failures: string[] = [];
  for (const [from, what, get] of layers) {
    try {
      const path = await get();
      return { path, from, version: await versionOf(path, env) };
    } catch (error) {
      failures.push(`  ${what}: ${messageOf(error)}`);
    }
  }
  throw new UserError(
    'TEMPORAL_NOT_FOUND',
    `There is no Temporal dev server on this machine, and none could be had:\n${failures.join('\n')}\n` +
      `Install the Temporal CLI (https://docs.temporal.io/cli) or Go, or connect to the internet, and start again; ` +
      `or set TEMPORAL_ADDRESS to a Temporal that runs elsewhere. What download and build wrote is in ${logFile}.`,
  );
}

/** Checks by running it that this is Temporal's command, and one that has the dev server we start. */
async function versionOf(path: string, env: NodeJS.ProcessEnv): Promise<string> {
  const said = (await output(path, ['--version'], env)).trim();
  const server = /^temporal version .*Server (\d+)\.(\d+)/.exec(said);
  if (server === null) throw new Error(`it is not the Temporal CLI, it says "${said.slice(0, 80)}"`);
  if (Number(server[1]) * 1_000 + Number(server[2]) < OLDEST_SERVER.major * 1_000 + OLDEST_SERVER.minor) {
    throw new Error(
      `it is too old (${said}); a server from ${OLDEST_SERVER.major}.${OLDEST_SERVER.minor} on is needed`,
    );
  }
  return said.replace(/^temporal version /, '');
}

async function build(folder: string, logFile: string, report: (line: string) => void, env: NodeJS.ProcessEnv) {
  await output('go', ['version'], env);
  report(`Building the Temporal dev server with Go, once; it takes some minutes (log: ${logFile}) ...`);
  await makeInCache(folder, async (draft) => {
    const work = await startLeashed({
      name: 'go install',
      command: 'go',
      // As its makers build it: without debugging symbols, and knowing its version.
      args: [
        'install',
        `-ldflags=-s -w -X github.com/temporalio/cli/temporalcli.Version=${CLI_VERSION}`,
        `${CLI_MODULE}@v${CLI_VERSION}`,
      ],
      env: { ...env, GOBIN: draft, GOFLAGS: undefined },
      logFile,
      graceMs: 2_000,
    });
    await finished(work, (minutes) => report(`Still building the Temporal dev server (${minutes} min) ...`));
  });
  return join(folder, 'temporal');
}

/** The Temporal that the environment names, or null when we are to start our own. */
export function temporalFromEnvironment(env: NodeJS.ProcessEnv): { address: string; namespace: string } | null {
  const address = env['TEMPORAL_ADDRESS'];
  return address ? { address, namespace: env['TEMPORAL_NAMESPACE'] || 'default' } : null;
}

export interface TemporalOptions {
  path: string;
  /** Holds the server's database file. */
  folder: string;
  port: number;
  uiPort: number;
  logFile: string;
}

export interface TemporalServer {
  pid: number;
  address: string;
  uiUrl: string;
  exited: Leashed['exited'];
  stop(): Promise<void>;
}

/** Starts the dev server for this machine only, keeping its state in `folder`; it never outlives this process. */
export async function startTemporal({ path, folder, port, uiPort, logFile }: TemporalOptions): Promise<TemporalServer> {
  const address = `127.0.0.1:${port}`;
  // Else another Temporal that listens there would answer in place of ours.
  if (!(await isFree(port, '127.0.0.1'))) {
    throw new UserError(
      'NO_FREE_PORT',
      `Port ${port}, meant for Temporal, is in use. Stop what listens there, or choose another.`,
    );
  }
  const server = await startLeashed({
    name: 'Temporal',
    command: path,
    args: [
      'server',
      'start-dev',
      '--ip=127.0.0.1',
      `--port=${port}`,
      `--ui-port=${uiPort}`,
      `--db-filename=${join(folder, 'temporal.db')}`,
      '--log-level=warn',
      ...fastSettings.map((setting) => `--dynamic-config-value=${setting}`),
    ],
    // Settings for other Temporals, which its command would take for itself.
    env: {
      TEMPORAL_ADDRESS: undefined,
      TEMPORAL_NAMESPACE: undefined,
      TEMPORAL_ENV: undefined,
      TEMPORAL_PROFILE: undefined,
    },
    logFile,
  });
  try {
    await untilReady(server, async () => {
      const connection = await Connection.connect({ address, connectTimeout: 1_000 });
      try {
        await ensureSearchAttributes(connection, 'default');
      } finally {
        await connection.close();
      }
    });
  } catch (cause) {
    await server.stop();
    throw new UserError(
      'TEMPORAL_UNREACHABLE',
      `The Temporal dev server (${path}) did not start at ${address} with its database in ${folder}. ${messageOf(cause)}\n` +
        `The whole log is ${logFile}. To use a Temporal that runs elsewhere, set TEMPORAL_ADDRESS.`,
      { cause },
    );
  }
  return {
    pid: server.pid,
    address,
    uiUrl: `http://127.0.0.1:${uiPort}`,
    exited: server.exited,
    stop: () => server.stop(),
  };
}
