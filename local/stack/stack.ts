import { connect, migrate } from '../../adapters/postgres/database.ts';
import { type Actor } from '../../core/access/actor.ts';
import { type Names, namesOf } from '../../core/base/names.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { type Operations } from '../../operations/index.ts';
import { noTemporal, temporalNamedBy, withoutTemporal } from '../../adapters/temporal/connection/connection-profile.ts';
import { type Environment } from '../../adapters/machine/running.ts';
import { reachOperations } from '../../wiring/operations.ts';
import { environment as inherited, readConfig } from '../../wiring/settings.ts';
import { deployWorkflows } from '../../workers/deploy.ts';
import { type Home } from './home-folder.ts';
import { forkNode, type Leashed, untilReady } from './leash.ts';
import { freePort } from './tcp-ports.ts';
import { startPostgres } from './postgres.ts';
import { type Step } from '../progress.ts';
import { foundInWords } from '../toolchain/find.ts';
import { findTemporal, startTemporal, temporalTool } from '../toolchain/tools/temporal.ts';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface StackOptions {
  home: Home;
  step: Step;
  /** Reports things a person should know, such as a port that was in use. */
  note(words: string): void;
  /** The actor of the stack's operations. */
  actor: Actor;
  /** The folders below which the files of sources lie. */
  dataRoots: string[];
  /** The folders with files of pipelines' own recipes. */
  recipeRoots: string[];
  /** Where to look for free ports from. */
  ports: { postgres: number; temporal: number; temporalUi: number; server: number };
  /** The setting of the clock that workers and server are to have, asked when they start; null: the machine's. */
  clock(): string | null;
  /** Opens the simulated sources, given databases to put them into, and says what the variables that name them hold. */
  sources(database: (name: string) => Promise<string>): Promise<Environment>;
}

export interface Stack {
  environment: Environment;
  operations: Operations;
  /** The names of its runs in Temporal. */
  names: Names;
  serverUrl: string;
  temporalUi: string | null;
  /** The running processes by name, for those who measure. */
  processes: { name: string; pid: number }[];
  /** Resolves with the name of a process that ended unexpectedly. */
  lost: Promise<string>;
  stop(): Promise<void>;
}

const ANSWER_MS = 5_000;
const isKey = (name: string): boolean => /^TEMPORAL_(API_KEY|TLS_CLIENT_KEY_DATA|CODEC_AUTH|GRPC_META_.*)$/.test(name);
const answersAt = (url: string): Promise<string> =>
  fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) }).then(
    (answer) => answer.text(),
    (error: Error) => Promise.reject(error.cause ?? error), // which says why the fetch failed
  );

/** Drops the advice to start a worker, since we are just doing that. */
const inItsWords = (ready: Promise<void>): Promise<void> =>
  ready.catch((error: unknown) => {
    const away = error instanceof UserError && error.code === 'NO_WORKER';
    throw away ? new Error('it is not polling for work yet') : error;
  });

const entry = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Starts everything on this machine, in order, and stops it with the database last. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { home, step, note, actor, dataRoots, recipeRoots, ports, clock, sources } = options;
  const running: { name: string; pid: number; exited: Promise<unknown>; stop(): Promise<void> }[] = [];
  const closers: (() => Promise<void>)[] = [];
  let stopping = false;
  const stop = async (): Promise<void> => {
    stopping = true;
    for (const close of closers.splice(0).reverse()) await close();
    // Ours first: a worker lets go of its long polls in a moment, while Temporal still answers, which else waits for
    // them.
    const ours = running.filter(({ name }) => name === 'worker' || name === 'server');
    await Promise.all(ours.map((each) => each.stop()));
    for (const each of running.splice(0).reverse()) await each.stop();
  };
  const portFor = async (what: string, preferred: number): Promise<number> => {
    const { port, moved } = await freePort(preferred);
    if (moved) note(`Port ${preferred} is in use, so ${what} listens on ${port}.`);
    return port;
  };
  const log = (name: string): string => join(home.paths.logs, `${name}.log`);

  try {
    const environment: Environment = {
      OBJECT_STORE_URL: `file://${home.paths.objects}`,
      PERENNIAL_DATA: home.paths.data,
      PERENNIAL_DATA_ROOTS: dataRoots.join(','),
      PERENNIAL_RECIPES: recipeRoots.join(','),
    };

    const postgresPort = await portFor('Postgres', ports.postgres);
    const postgres = await step('Postgres', (tell) =>
      startPostgres({ folder: home.paths.postgres, port: postgresPort, logFile: log('postgres') }, { tell }),
    );
    running.push({ name: 'postgres', ...postgres });
    await postgres.ensureDatabase('perennial');
    environment['DATABASE_URL'] = postgres.url('perennial');
    // Never a database that a variable names already: simulated rows do not belong into it.
    const simulated = await sources(async (name) => {
      await postgres.ensureDatabase(name);
      return postgres.url(name);
    });
    Object.assign(environment, simulated);

    // With one that is named, all its variables count; without, none does: they are about another than ours.
    const named = temporalNamedBy(inherited);
    if (named) {
      for (const name in noTemporal(inherited)) environment[name] = inherited[name]!;
    } else {
      const { title } = temporalTool;
      const found = await step(title, (report) => findTemporal({ report }), (its) => `${title}: ${foundInWords(its)}`); // prettier-ignore
      const temporal = await step('Temporal and its Web UI', async (tell) =>
        startTemporal(
          {
            path: found.path,
            folder: home.paths.temporal,
            port: await portFor('Temporal', ports.temporal),
            uiPort: await portFor('the Temporal Web UI', ports.temporalUi),
            logFile: log('temporal'),
          },
          { tell },
        ),
      );
      running.push({ name: 'temporal', ...temporal });
      environment['TEMPORAL_ADDRESS'] = temporal.address;
      environment['TEMPORAL_UI_URL'] = temporal.uiUrl;
    }

    const setting = clock();
    if (setting !== null) environment['PERENNIAL_CLOCK'] = setting;
    const config = readConfig({ ...withoutTemporal(inherited), ...environment });
    if (named) note(`Temporal is the one at ${config.temporal.address}, as ${named} says.`);
    await step('Tables', async () => {
      const database = connect(config.databaseUrl);
      try {
        await migrate(database);
      } finally {
        await database.end();
      }
    });

    const serverPort = await portFor('the prediction server', ports.server);
    const serverUrl = `http://127.0.0.1:${serverPort}`;
    const fork = async (name: string, file: string, args: string[], env: Environment): Promise<Leashed> => {
      const started = await forkNode(entry(file), {
        name,
        args,
        env: { ...noTemporal(inherited), ...environment, ...env },
        logFile: log(name),
      });
      running.push(started);
      return started;
    };
    const { operations, close } = await reachOperations(config, actor, { tell: note });
    closers.push(close);
    await step('Workers', async (tell) => {
      await deployWorkflows(config, { tell }); // this checkout is the release, also when it is an older one
      const worker = await fork('worker', 'workers/main.ts', ['all'], {
        PERENNIAL_DATA: join(home.paths.data, 'worker'),
        UV_THREADPOOL_SIZE: '16',
      });
      await untilReady(worker, () => inItsWords(operations.run.ready()), { tell });
    });
    await step('Prediction server', async (tell) => {
      const server = await fork('server', 'server/main.ts', [], {
        PERENNIAL_DATA: join(home.paths.data, 'server'),
        PERENNIAL_PORT: String(serverPort),
      });
      await untilReady(server, () => answersAt(`${serverUrl}/health`), { tell });
    });

    environment['PERENNIAL_PORT'] = String(serverPort);
    environment['PERENNIAL_INSTALLATION'] = config.temporal.installation;
    // The keys of a Temporal elsewhere stay in the environment that brought them.
    home.publish(Object.fromEntries(Object.entries(environment).filter(([name]) => !isKey(name))));
    const lost = Promise.race(running.map((each) => each.exited.then(() => each.name))).then((name) =>
      stopping ? new Promise<string>(() => undefined) : name,
    );
    return {
      environment,
      operations,
      names: namesOf(config.temporal.installation),
      serverUrl,
      temporalUi: environment['TEMPORAL_UI_URL'] ?? null,
      processes: running.map(({ name, pid }) => ({ name, pid })),
      lost,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
