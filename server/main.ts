import { type Config } from '../core/base/settings/config.ts';
import { framesOf, messageOf, UserError } from '../core/base/errors/errors.ts';
import { SECOND } from '../core/time/time.ts';
import { serverLog } from '../wiring/server.ts';
import { environment, readConfigOrProblem } from '../wiring/settings.ts';
import { sessionSecretOf } from './access/sessions.ts';
import { folderOf, onlyProcess } from './processes/place.ts';
import { serve } from './processes/serve.ts';
import { supervise } from './processes/supervise.ts';
import { refuseOpenDoor } from './protocols/guard/keys.ts';
import { whenAskedToStop } from './protocols/stopping.ts';
import { lockFolder } from './serving/models/folder-lock.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

/** Longer than a process takes to finish its requests and ship its last predictions. */
const GRACE_MS = 15 * SECOND;
/** A process whose supervisor was killed may still be ending. */
const LOCK_PATIENCE = 5 * SECOND;

/** `server/main.ts [--workers N]`: the prediction server, in as many processes as settings or the flag say. */
async function main(): Promise<void> {
  process.umask(0o077); // our files contain rows and models, so only our user may read them
  const { workers, process: index } = readFlags();
  const config = readConfigOrProblem({ ...environment, ...(workers !== undefined && { PERENNIAL_SERVER_WORKERS: workers }) }); // prettier-ignore
  refuseOpenDoor(config.host, config.apiKeys);
  if (index !== undefined) await beOneOf(config, Number(index));
  else if (config.serverWorkers > 1) await superviseAll(config);
  else {
    const address = await serve(config, onlyProcess, lockFolder(config.dataFolder));
    process.send?.({ ready: true, address });
  }
}

function readFlags() {
  try {
    return parseArgs({ options: { workers: { type: 'string' }, process: { type: 'string' } } }).values;
  } catch (error) {
    throw new UserError('CONFIG_INVALID', `${messageOf(error)}. The server takes --workers N.`);
  }
}

async function superviseAll(config: Config): Promise<void> {
  const unlock = lockFolder(config.dataFolder);
  const log = serverLog(config);
  sessionSecretOf(config.dataFolder); // made once, before all processes read it
  const supervisor = supervise({ count: config.serverWorkers, graceMs: GRACE_MS + config.drainSeconds * SECOND, log });
  whenAskedToStop(async (why) => {
    log.info(`stopping all processes: ${why}`);
    await supervisor.stop();
    unlock();
  });
  const address = await supervisor.ready;
  log.info(`${config.serverWorkers} processes answer at ${address}`);
  process.send?.({ ready: true, address });
}

async function beOneOf(config: Config, index: number): Promise<void> {
  const place = { index, count: config.serverWorkers };
  const address = await serve(config, place, await lockOf(folderOf(config.dataFolder, place)));
  process.send?.({ kind: 'ready', address });
}

async function lockOf(folder: string): Promise<() => void> {
  const end = Date.now() + LOCK_PATIENCE;
  for (;;)
    try {
      return lockFolder(folder);
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(100);
    }
}

main().catch((error: unknown) => {
  const text =
    error instanceof UserError ? `${error.code}: ${error.message}` : `${messageOf(error)}\n${framesOf(error)}`;
  process.stderr.write(`${text}\n`);
  process.exit(1);
});
