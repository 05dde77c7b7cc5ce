import { clockSetting } from '../../adapters/machine/clock.ts';
import { ensureObjectStore } from '../../adapters/objects/object-store.ts';
import { connect, type Database, migrate } from '../../adapters/postgres/database.ts';
import { type Environment } from '../../adapters/machine/running.ts';
import { noTemporal, withoutTemporal } from '../../adapters/temporal/connection/connection-profile.ts';
import { operator } from '../../core/access/actor.ts';
import { type Config } from '../../core/base/settings/config.ts';
import { type Instant } from '../../core/time/time.ts';
import { type Names, namesOf } from '../../core/base/names.ts';
import { type Operations } from '../../operations/index.ts';
import { type Home } from '../../local/stack/home-folder.ts';
import { forkNode, type Leashed, untilReady } from '../../local/stack/leash.ts';
import { freePort } from '../../local/stack/tcp-ports.ts';
import { startPostgres } from '../../local/stack/postgres.ts';
import { findSeaweedfs, startSeaweedfs } from '../../local/toolchain/tools/seaweedfs.ts';
import { findTemporal, startTemporal } from '../../local/toolchain/tools/temporal.ts';
import { reachOperations } from '../../wiring/operations.ts';
import { environment as inherited, readConfig } from '../../wiring/settings.ts';
import { keep, type Keeper, type KeeperOptions } from './keeper.ts';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Everything on this machine, each process under a keeper, which brings it back after a fault. */
export interface Machine {
  environment: Environment;
  config: Config;
  names: Names;
  operations: Operations;
  /** For reading only. */
  database: Database;
  serverUrl: string;
  postgres: Keeper;
  temporal: Keeper;
  server: Keeper;
  /** Null where objects are in a folder. */
  store: Keeper | null;
  /** Two, so one takes over the other's work. */
  workers: Keeper[];
  keepers: Keeper[];
  stop(): Promise<void>;
}

export interface MachineOptions {
  home: Home;
  start: Instant;
  /** The variable that names the simulated source. */
  source: string;
  /** Objects are in a server, which can be down, and not in a folder. */
  bucket: boolean;
  tell(words: string): void;
}

const WORKERS = 2;
/** Below those that a system gives to connections: one of them would be taken while a program is away. */
const PORTS = { postgres: 15_520, temporal: 7_533, temporalUi: 8_533, server: 8_380, store: 9_380 };
/** Of a store that only this machine reaches, and that is deleted with its home. */
const STORE_KEYS = { accessKey: 'perennial-chaos', secretKey: 'perennial-chaos' };

const entry = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Starts everything for the first time. Its clock stands still: every loop gets its time. */
export async function startMachine({ home, start, source, bucket, tell }: MachineOptions): Promise<Machine> {
  const { paths } = home;
  const closers: (() => Promise<void>)[] = [];
  const keepers: Keeper[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
    const [postgres, temporal, ...ours] = keepers.splice(0);
    await Promise.all(ours.map((keeper) => keeper.stop()));
    await temporal?.stop();
    await postgres?.stop();
  };
  const log = (name: string): string => join(paths.logs, `${name}.log`);
  const portFor = async (preferred: number): Promise<number> => (await freePort(preferred)).port;
  const keepThis = async (options: KeeperOptions): Promise<Keeper> => {
    const keeper = await keep(options);
    keepers.push(keeper);
    return keeper;
  };

  try {
    const environment: Environment = {
      OBJECT_STORE_URL: `file://${paths.objects}`,
      PERENNIAL_DATA: paths.data,
      PERENNIAL_CLOCK: clockSetting(new Date(start), new Date(), 0),
    };
    const postgresPort = await portFor(PORTS.postgres);
    const startDatabase = () => startPostgres({ folder: paths.postgres, port: postgresPort, logFile: log('postgres') });
    const postgres = await keepThis({
      name: 'postgres',
      withChildren: true,
      tell,
      async start() {
        const started = await startDatabase();
        if (environment['DATABASE_URL'] === undefined) {
          await started.ensureDatabase('perennial');
          await started.ensureDatabase('sources');
          environment['DATABASE_URL'] = started.url('perennial');
          environment[source] = started.url('sources');
        }
        return started;
      },
    });

    const { path } = await findTemporal({ report: (line) => tell(`Temporal: ${line}`) });
    const [port, uiPort] = [await portFor(PORTS.temporal), await portFor(PORTS.temporalUi)];
    environment['TEMPORAL_ADDRESS'] = `127.0.0.1:${port}`;
    environment['TEMPORAL_NAMESPACE'] = 'default';
    const temporal = await keepThis({
      name: 'temporal',
      tell,
      start: () => startTemporal({ path, folder: paths.temporal, port, uiPort, logFile: log('temporal') }),
    });

    const store = bucket
      ? await keepThis(await bucketIn(paths.objects, await portFor(PORTS.store), environment, tell))
      : null;

    const config = readConfig({ ...withoutTemporal(inherited), ...environment });
    const database = connect(config.databaseUrl, { connections: 3 });
    closers.push(() => database.end());
    await migrate(database);
    await ensureObjectStore(config);

    const serverPort = await portFor(PORTS.server);
    const serverUrl = `http://127.0.0.1:${serverPort}`;
    const fork = (name: string, file: string, args: string[], env: Environment): Promise<Leashed> =>
      forkNode(entry(file), {
        name,
        args,
        env: { ...noTemporal(inherited), ...environment, ...env },
        logFile: log(name),
      });
    const workers: Keeper[] = [];
    for (let i = 1; i <= WORKERS; i++) {
      const name = `worker-${i}`;
      const start = async (): Promise<Leashed> => {
        const worker = await fork(name, 'workers/main.ts', ['all'], { PERENNIAL_DATA: join(paths.data, name) });
        await untilReady(worker, async () => demandWord(worker, '"working"'));
        return worker;
      };
      workers.push(await keepThis({ name, needs: [postgres, temporal, ...(store ? [store] : [])], tell, start }));
    }
    const server = await keepThis({
      name: 'server',
      tell,
      async start() {
        const data = join(paths.data, 'server');
        const started = await fork('server', 'server/main.ts', [], {
          PERENNIAL_DATA: data,
          PERENNIAL_PORT: String(serverPort),
        });
        await untilReady(started, async () => (await fetch(`${serverUrl}/health/live`)).text());
        return started;
      },
    });

    const { operations, close } = await reachOperations(config, operator('chaos', 'automation'));
    closers.push(close);
    home.publish(environment);
    const programs = { postgres, temporal, server, store, workers, keepers };
    const names = namesOf(config.temporal.installation);
    return { environment, config, names, operations, database, serverUrl, ...programs, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** SeaweedFS in a folder, for which it tells the environment. */
async function bucketIn(
  folder: string,
  port: number,
  environment: Environment,
  tell: (words: string) => void,
): Promise<KeeperOptions> {
  const { path } = await findSeaweedfs({ report: (line) => tell(`SeaweedFS: ${line}`) });
  environment['OBJECT_STORE_URL'] = 's3://perennial';
  environment['S3_ENDPOINT'] = `http://127.0.0.1:${port}`;
  environment['S3_ACCESS_KEY'] = STORE_KEYS.accessKey;
  environment['S3_SECRET_KEY'] = STORE_KEYS.secretKey;
  return { name: 'store', tell, start: () => startSeaweedfs({ path, folder, port, ...STORE_KEYS }) };
}

function demandWord(program: Leashed, word: string): void {
  if (!program.tail().includes(word)) throw new Error(`${program.name} has not said ${word} yet`);
}
