import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What a training took, in its own process without its start and imports, and how good its scores of the holdout are. */
export interface Trained {
  seconds: number;
  /** Of all threads together. */
  cpuSeconds: number;
  trees: number;
  logLoss: number;
  averagePrecision: number;
}

/** Runs a program that trains once and prints a line of JSON. */
export async function trainedBy(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Trained> {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [answer, said] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (answer += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4_000)));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${said.trim()}`);
  return JSON.parse(answer.trim().split('\n').at(-1)!) as Trained;
}
