import { runCli, type Surround } from '../../client/cli.ts';
import { type Context } from '../../client/command.ts';
import { type Operations } from '../../operations/index.ts';

type Deep<T> = { [K in keyof T]?: T[K] extends (...input: never[]) => unknown ? T[K] : Deep<T[K]> };

/** Runs a command line against operations of which only some are there; returns what a shell would see. */
export async function perennial(line: string[], operations: Deep<Operations> = {}, context: Partial<Context> = {}) {
  let [out, err, closed] = ['', '', 0];
  const surround: Surround = async () => ({
    readDeclarations: async () => [],
    columnProblems: async () => [],
    predictionServer: () => ({
      url: 'http://127.0.0.1:8080',
      predict: async () => ({}),
      sendLabels: async () => ({ new: 0, same: 0 }),
    }),
    examine: async () => [],
    replay: async () => [],
    ...context,
    connect: async () => ({
      operations: operations as Operations,
      temporalUi: undefined,
      simulated: false,
      ...context,
      close: async () => void closed++,
    }),
  });
  const terminal = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  const code = await runCli(line, surround, terminal);
  return { code, out, err, closed };
}
