import { messageOf } from '../../core/errors.ts';
import { createProgress } from '../progress.ts';
import { findTemporal } from './temporal.ts';
import { findTestServer } from './test-server.ts';

/** Before the tests: what is downloaded or built once, so that no test waits minutes for it. */
async function main(): Promise<void> {
  const { step } = createProgress();
  await step('Temporal dev server', (report) => findTemporal({ report }));
  await step('Temporal test server, which skips time', (report) => findTestServer({ report }));
}

main().catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exit(1);
});
