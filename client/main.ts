import { framesOf, messageOf } from '../core/base/errors/errors.ts';
import { printable } from '../core/base/errors/shown.ts';
import { runCli, type Surround } from './cli.ts';

/** The `perennial` command. It prints help and usage errors before it loads code that connects to an installation. */
export function main(argv: string[]): Promise<0 | 1 | 2> {
  const surround: Surround = async (options) => (await import('../wiring/command.ts')).connectCommand(options);
  // Output can contain data, which a terminal would obey.
  const out = (text: string): void => void process.stdout.write(printable(text));
  const err = (text: string): void => void process.stderr.write(printable(text));
  return runCli(argv, surround, { out, err }).catch((error: unknown) => {
    // Node would print all fields that a driver attaches to its errors.
    err(`It failed unexpectedly: ${messageOf(error)}\n${framesOf(error)}\n`);
    return 1;
  });
}
