import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { forkNode, startLeashed, untilReady } from '../../../local/stack/leash.ts';

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // Without an init process the dead stay as zombies.
  return !existsSync(`/proc/${pid}/stat`) || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
};

async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`still not so after a minute: ${what}`);
    await sleep(20);
  }
}

describe('a leashed process', () => {
  let folder: string;
  let logFile: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'perennial-leash-'));
    logFile = join(folder, 'logs', 'it.log');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Starts a shell script under the leash; it writes numbers (process ids) to the log, one a line. */
  const shell = (script: string, graceMs = 5_000) =>
    startLeashed({ name: 'script', command: '/bin/sh', args: ['-c', script], logFile, graceMs });
  const logged = () => (existsSync(logFile) ? readFileSync(logFile, 'utf8').split('\n').filter(Boolean) : []);

  it('reports its pid and its exit code, and writes to its log', async () => {
    const leashed = await shell('echo $$; exit 7');
    assert.deepEqual(await leashed.exited, { code: 7, signal: null });
    assert.deepEqual(logged(), [String(leashed.pid)]);
  });

  it('ends by the signal that stop sends, and stopping twice is the same as once', async () => {
    const leashed = await shell('echo ready; exec sleep 1000');
    await until(() => logged().length === 1, 'ready');
    await Promise.all([leashed.stop(), leashed.stop()]);
    await leashed.stop();
    assert.deepEqual(await leashed.exited, { code: null, signal: 'SIGTERM' });
    assert.equal(isRunning(leashed.pid), false);
  });

  it('hears SIGINT, which a shell would have its background processes ignore', async () => {
    const leashed = await shell('echo ready; exec sleep 1000');
    await until(() => logged().length === 1, 'ready');
    await leashed.stop('SIGINT');
    assert.deepEqual(await leashed.exited, { code: null, signal: 'SIGINT' });
  });

  it('is killed when it ignores the signal for longer than the grace time', async () => {
    const leashed = await shell(`trap '' TERM; echo ready; while :; do sleep 0.05; done`);
    await until(() => logged().length === 1, 'ready');
    await leashed.stop('SIGTERM', 100);
    assert.deepEqual(await leashed.exited, { code: null, signal: 'SIGKILL' });
  });

  it('takes the processes it started with it when it ends', async () => {
    const leashed = await shell('sleep 1000 & echo $!; wait');
    await until(() => logged().length === 1, 'the grandchild has started');
    await leashed.stop();
    await until(() => !isRunning(Number(logged()[0])), 'the grandchild is gone');
  });

  for (const [how, script] of [
    ['', 'sleep 1000 & echo $!; echo $$; wait'],
    ['and ignores SIGTERM', `trap '' TERM; sleep 1000 & echo $!; echo $$; while :; do sleep 0.05; done`],
  ] as const) {
    it(`ends with its grandchildren when the process that started it is killed with -9 ${how}`.trim(), async () => {
      const parentFile = join(folder, 'parent.ts');
      const leash = JSON.stringify(join(import.meta.dirname, '../../../local/stack/leash.ts'));
      const options = { name: 'script', command: '/bin/sh', args: ['-c', script], logFile, graceMs: 1_000 };
      await writeFile(
        parentFile,
        `import { startLeashed } from ${leash};\nvoid startLeashed(${JSON.stringify(options)});`,
      );
      const parent = spawn(process.execPath, ['--import', 'tsx', parentFile], {
        stdio: 'inherit',
        cwd: join(import.meta.dirname, '../../..'),
      });

      await until(() => logged().length === 2, 'child and grandchild have started');
      assert.deepEqual(logged().map(Number).map(isRunning), [true, true]);
      parent.kill('SIGKILL');
      await until(() => !logged().map(Number).some(isRunning), 'child and grandchild have ended');
    });
  }

  it('is killed when its leash is', async () => {
    const leashed = await shell(`trap '' TERM; echo $PPID; while :; do sleep 0.05; done`, 600_000);
    await until(() => logged().length === 1, 'it has started');
    process.kill(Number(logged()[0]), 'SIGKILL');
    await leashed.exited;
    await until(() => !isRunning(leashed.pid), 'it has ended');
  });

  it('makes its caller fail with the end of its output when it dies early', async () => {
    await (
      await shell('echo of an earlier start')
    ).exited;
    const leashed = await shell('echo the disk is full; exit 3');
    const error = await untilReady(leashed, () => Promise.reject(new Error('no answer'))).catch(
      (caught: Error) => caught,
    );
    assert.equal((error as Error).message, 'script ended (exit code 3):\nthe disk is full');
  });

  it('makes its caller fail with the end of its output when it does not answer in time', async () => {
    const leashed = await shell('echo thinking; exec sleep 1000');
    await until(() => logged().length === 1, 'it has written');
    await assert.rejects(
      untilReady(leashed, () => Promise.reject(new Error('no answer')), { forMs: 100 }),
      /script was not ready within 0.1 s \(no answer\):\nthinking/,
    );
    await leashed.stop();
  });

  it('reports a program that cannot be found', async () => {
    const leashed = await startLeashed({ name: 'nothing', command: '/no/such/program', logFile });
    assert.deepEqual(await leashed.exited, { code: 127, signal: null });
    assert.match(leashed.tail(), /\/no\/such\/program/);
  });

  it('may be a TypeScript file of our own', async () => {
    const entry = join(folder, 'entry.ts');
    await writeFile(
      entry,
      `const words: string[] = process.argv.slice(2);\nconsole.log(words.join(' '), process.env.COLOUR);`,
    );
    const leashed = await forkNode(entry, {
      name: 'entry',
      args: ['hello', 'there'],
      env: { COLOUR: 'green' },
      logFile,
    });
    assert.deepEqual(await leashed.exited, { code: 0, signal: null });
    assert.deepEqual(logged(), ['hello there green']);
  });
});
