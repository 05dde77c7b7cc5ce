import { framesOf, messageOf } from '../core/base/errors.ts';
import { printable } from '../core/base/shown.ts';
import { runCli, type Surround } from './cli.ts';

/** The `perennial` command. Help and mistakes are told before anything is loaded that reaches an installation. */
export function main(argv: string[], environment: NodeJS.ProcessEnv): Promise<0 | 1 | 2> {
  const surround: Surround = async (options) => (await import('./surroundings.ts')).surround(options, environment);
  // What is told may come from data, which a terminal would obey.
  const out = (text: string): void => void process.stdout.write(printable(text));
  const err = (text: string): void => void process.stderr.write(printable(text));
  return runCli(argv, surround, { out, err }).catch((error: unknown) => {
    // Node would print all that a driver hangs on its errors.
    err(`It failed unexpectedly: ${messageOf(error)}\n${framesOf(error)}\n`);
    return 1;
  });
}
