import { freePort } from '../../local/stack/tcp-ports.ts';
import { environment } from '../../wiring/settings.ts';
import { exampleRow } from './example.ts';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Peer {
  name: string;
  /** Where one row goes, and where many; the body for rows. */
  one: string;
  many: string;
  bodyOf(rows: object[]): string;
  stop(): Promise<void>;
}

const script = fileURLToPath(new URL('peer.py', import.meta.url));
/** As many processes as cores: a Python process uses one. */
export const workers = String(cpus().length);
// One thread each, or the processes would fight for the cores.
const threads = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' };

const models = { logistic: 'logistic regression, NumPy', forest: 'random forest, NumPy', mlp: '64-32 network, pandas' };

/** FastAPI as it is fastest: uvloop, httptools, a process for each core, no access log. */
export async function fastApi(python: string, model: keyof typeof models): Promise<Peer> {
  const { port } = await freePort(25_500);
  const address = `http://127.0.0.1:${port}`;
  const fast = ['--loop', 'uvloop', '--http', 'httptools', '--workers', workers];
  const quiet = ['--log-level', 'warning', '--no-access-log'];
  const args = [
    '-m',
    'uvicorn',
    'peer:app',
    '--app-dir',
    join(script, '..'),
    '--port',
    String(port),
    ...fast,
    ...quiet,
  ];
  return {
    name: `FastAPI, ${models[model]}, ${workers} processes`,
    one: `${address}/predict/one`,
    many: `${address}/predict/many`,
    bodyOf: (rows) => JSON.stringify(rows.length === 1 ? rows[0] : { rows }),
    stop: await started(join(python, 'python'), args, { MODEL: model }, () => ok(`${address}/openapi.json`)),
  };
}

/** `mlflow models serve`, with as many processes. */
export async function mlflow(python: string, folder: string): Promise<Peer> {
  const model = join(folder, 'mlflow-model');
  const saved = spawnSync(join(python, 'python'), [script, model], { stdio: ['ignore', 'ignore', 'pipe'] });
  if (saved.status !== 0) throw new Error(`the model could not be stored for MLflow: ${saved.stderr.toString()}`);
  const { port } = await freePort(25_600);
  const address = `http://127.0.0.1:${port}`;
  const args = ['models', 'serve', '-m', model, '--env-manager', 'local', '--port', String(port), '--workers', workers];
  return {
    name: `mlflow models serve, logistic regression, ${workers} processes`,
    one: `${address}/invocations`,
    many: `${address}/invocations`,
    bodyOf: (rows) => JSON.stringify({ dataframe_records: rows }),
    stop: await started(join(python, 'mlflow'), args, { PATH: `${python}:${environment['PATH']}` }, () =>
      ok(`${address}/ping`),
    ),
  };
}

/** Starts a program and waits until it answers; returns how to end it with all its processes. */
export async function started(
  program: string,
  args: string[],
  env: Record<string, string>,
  answers: () => Promise<unknown>,
): Promise<() => Promise<void>> {
  const stdio = ['ignore', 'ignore', 'inherit'] as const;
  const child = spawn(program, args, {
    stdio: [...stdio],
    detached: true,
    env: { ...environment, ...threads, ...env },
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null) return;
    process.kill(-child.pid!, 'SIGKILL');
    await once(child, 'exit');
  };
  for (const end = Date.now() + 120_000; ;) {
    const ready = await answers().then(
      () => true,
      () => false,
    );
    if (ready) return stop;
    if (child.exitCode !== null || Date.now() > end) {
      await stop();
      throw new Error(`the peer did not start (exit code ${child.exitCode})`);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function ok(url: string): Promise<void> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
}

export const someRows = (count: number): object[] => Array.from({ length: count }, (_, i) => exampleRow(i));
