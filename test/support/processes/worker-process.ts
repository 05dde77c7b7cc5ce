import { forkNode, type Leashed, untilReady } from '../../../local/stack/leash.ts';
import { repository } from './programs.ts';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A worker of ours as a process with these roles, once it works. */
export async function startWorker(roles: string, env: Record<string, string>, logFile: string): Promise<Leashed> {
  const worker = await forkNode(join(repository, 'workers/main.ts'), { name: 'worker', args: [roles], env, logFile });
  await untilReady(worker, async () => {
    if (!(await readFile(logFile, 'utf8')).includes('"working"')) throw new Error('it does not say that it works');
  });
  return worker;
}
