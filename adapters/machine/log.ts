import { framesOf, messageOf } from '../../core/base/errors/errors.ts';
import { masked, printable } from '../../core/base/errors/shown.ts';
import { pino, type Logger } from 'pino';

/**
 * The log of a process, on its standard output. Errors appear as everywhere, without the extra fields of a driver, and
 * no line holds a secret or a terminal's control characters.
 */
export function createLog(
  { level, ...base }: { level: string } & Record<string, string>,
  out: { write(line: string): unknown } = pino.destination(1),
): Logger {
  return pino(
    { level, base, serializers: { err: describe, error: describe } },
    { write: (line) => void out.write(printable(masked(line))) },
  );
}

const describe = (error: unknown): object =>
  error instanceof Error
    ? { type: error.name, ...codeOf(error), message: messageOf(error), stack: framesOf(error) }
    : { message: messageOf(error) };

const codeOf = (error: Error): { code?: unknown } => ('code' in error ? { code: error.code } : {});
