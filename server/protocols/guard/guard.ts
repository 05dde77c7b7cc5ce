import { messageOf, UserError } from '../../../core/base/errors/errors.ts';
import { guardPage } from './page-guard.ts';
import { whenAskedToStop } from '../stopping.ts';

/** Where the guard listens in its container, which publishes it at 127.0.0.1. */
const PORT = 8233;

/**
 * `server/protocols/guard/guard.ts HOST:PORT`: the guard of a page that only its network can reach, such as the
 * Temporal Web UI.
 */
async function main(page = ''): Promise<void> {
  const [, host, port] = /^([\w.-]+):(\d{1,5})$/.exec(page) ?? [];
  if (host === undefined)
    throw new UserError('CONFIG_INVALID', `"${page}" is not the address of a page to guard; write HOST:PORT.`);
  const guard = await guardPage(PORT, { host, port: Number(port) }, '0.0.0.0');
  whenAskedToStop(() => guard.close());
}

main(process.argv[2]).catch((error: unknown) => {
  process.stderr.write(`${error instanceof UserError ? `${error.code}: ` : ''}${messageOf(error)}\n`);
  process.exit(1);
});
