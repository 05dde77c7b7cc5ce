import { runner } from '../../adapters/machine/runner.ts';
import { createBinnings } from '../../adapters/postgres/data/binnings.ts';
import { connect, migrate, type Database } from '../../adapters/postgres/database.ts';
import { createPipelines } from '../../adapters/postgres/pipelines.ts';
import { createTrafficTable } from '../../adapters/postgres/rollout/traffic.ts';
import { runSql, testDatabase, type TestDatabase } from '../support/postgres/postgres.ts';
import { aFolder, anArtifact, aPipeline, NOW, World } from './fakes.ts';
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const entry = fileURLToPath(new URL('../../server/main.ts', import.meta.url));
export const NOWHERE = 'postgres://nobody:secret@127.0.0.1:1/nothing';

/** Server processes over a database of their own with the pipeline "fraud". */
export interface ServerProcesses {
  database: Database;
  url: string;
  folder: string;
  /** Registers a version, without the snapshots and runs that training leaves behind. */
  register(version: number, bias?: number): Promise<void>;
  promote(version: number, expectedGeneration: number): Promise<void>;
  start(options?: { environment?: Record<string, string>; stdin?: 'pipe' | 'ignore'; args?: string[] }): ServerProcess;
  close(): Promise<void>;
}

export interface ServerProcess {
  child: ChildProcess;
  address: Promise<string>;
  ended: Promise<{ code: number | null; output: string }>;
}

export const serverProcesses = async (): Promise<ServerProcesses> =>
  serverProcessesOver(await testDatabase({ template: 'serving', prepare: prepareServing }));

/** Over a database that `prepareServing` has filled; it is dropped at the end. */
export function serverProcessesOver(test: TestDatabase): ServerProcesses {
  const folder = aFolder();
  const database = connect(test.url);
  const running = new Set<ChildProcess>();

  return {
    database,
    url: test.url,
    folder,

    async register(version, bias = version) {
      const text = anArtifact('fraud', version, bias);
      mkdirSync(join(folder, 'objects'), { recursive: true });
      writeFileSync(join(folder, 'objects', `${version}.json`), text);
      const { revision } = await createPipelines(database).applied('fraud');
      const sha256 = createHash('sha256').update(text).digest('hex');
      await runSql(
        test.url,
        `set search_path = perennial; set session_replication_role = replica;
         insert into training_runs (id, pipeline, revision, cycle, as_of, snapshot, generation)
         values ('run-${version}', 'fraud', '${revision}', 'cycle-${version}', '${NOW}', 's', 0);
         insert into model_versions (pipeline, version, revision, training_run, candidate, object_key, sha256, stage, evidence)
         values ('fraud', ${version}, '${revision}', 'run-${version}', 'logistic', '${version}.json', '${sha256}', 'candidate', '{"evaluation": {}}')`,
      );
    },

    async promote(version, expectedGeneration) {
      const said = { at: NOW, by: 'test', reason: 'test' };
      await createTrafficTable(database).promote({ pipeline: 'fraud', version, expectedGeneration, ...said });
    },

    start({ environment = {}, stdin = 'ignore', args = [] } = {}) {
      const child = spawn(process.execPath, [runner, entry, ...args], {
        stdio: [stdin, 'pipe', 'pipe', 'ipc'],
        env: {
          PATH: process.env['PATH'],
          DATABASE_URL: test.url,
          OBJECT_STORE_URL: String(pathToFileURL(join(folder, 'objects'))),
          PERENNIAL_DATA: join(folder, 'data'),
          PERENNIAL_PORT: '0',
          LOG_LEVEL: 'warn',
          TEMPORAL_ADDRESS: '127.0.0.1:1', // or they would watch over what another test runs at the usual port
          ...environment,
        },
      });
      running.add(child);
      let output = '';
      for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (text) => (output += String(text)));
      const ended = Promise.all([once(child, 'exit'), once(child.stdout!, 'end'), once(child.stderr!, 'end')]).then(
        ([[code]]) => {
          running.delete(child);
          return { code: code as number | null, output };
        },
      );
      const address = new Promise<string>((resolve, reject) => {
        child.once('message', (message) => resolve((message as { address: string }).address));
        void ended.then((end) => reject(new Error(`the server ended: ${end.output}`)));
      });
      address.catch(() => undefined);
      return { child, ended, address };
    },

    async close() {
      for (const child of running) if (child.kill('SIGKILL')) await once(child, 'exit');
      await database.end();
      await test.drop();
    },
  };
}

export async function prepareServing(url: string): Promise<void> {
  const pool = connect(url);
  await migrate(pool);
  await createPipelines(pool).apply(aPipeline(), 'test');
  await createBinnings(pool).record('fraud', new World().binning.columns);
  await pool.end();
}
