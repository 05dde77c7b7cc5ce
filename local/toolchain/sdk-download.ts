/** Run as a process of its own: has the Temporal SDK download a server into a folder. Arguments: which, its version, and the folder. */
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { messageOf } from '../../core/errors.ts';

const [what, version, downloadDir = ''] = process.argv.slice(2);
const server = { executable: { type: 'cached-download', version: `v${version}`, downloadDir } } as const;
try {
  // The SDK downloads as part of starting one, so one is started and stopped.
  const create =
    what === 'test-server'
      ? TestWorkflowEnvironment.createTimeSkipping({ server })
      : TestWorkflowEnvironment.createLocal({ server });
  await (await create).teardown();
  process.exit(0);
} catch (error) {
  // The SDK says the address twice, then the reason: the reason is what helps.
  process.stderr.write(`${messageOf(error).split('): ').at(-1)}\n`);
  process.exit(1);
}
