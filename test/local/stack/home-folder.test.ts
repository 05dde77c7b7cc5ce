import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type UserError } from '../../../core/base/errors/errors.ts';
import { readRunning } from '../../../adapters/machine/running.ts';
import { commandFor, openHome } from '../../../local/stack/home-folder.ts';

const root = join(import.meta.dirname, '../../..');
const environment = {
  TEMPORAL_ADDRESS: '127.0.0.1:7233',
  DATABASE_URL: 'postgres://perennial:secret@127.0.0.1:5433/perennial',
  PERENNIAL_DATA: '/some/folder',
};

describe('the home folder', () => {
  let folder: string;
  let other: ChildProcess | undefined;
  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'perennial-home-')), '.perennial');
  });
  afterEach(async () => {
    if (other?.exitCode === null && other.signalCode === null) {
      other.kill('SIGKILL');
      await new Promise((done) => other?.once('exit', done));
    }
    await rm(join(folder, '..'), { recursive: true, force: true });
  });

  it('is open to its user alone, also where an earlier version left it open', async () => {
    mkdirSync(join(folder, 'logs'), { recursive: true, mode: 0o755 });
    const home = openHome(folder);
    home.publish(environment);
    home.close();
    const modeOf = (name: string) => statSync(join(folder, name)).mode & 0o777;
    // As root it lets another user, Postgres, go through it.
    assert.equal(modeOf('.'), process.getuid?.() === 0 ? 0o711 : 0o700);
    for (const name of ['postgres', 'objects', 'temporal', 'data', 'logs', 'locks'])
      assert.equal(modeOf(name), 0o700, name);
    writeFileSync(join(folder, 'logs', 'worker.log'), '');
    assert.equal(modeOf('logs/worker.log'), 0o600);
  });

  it('says why nothing can be written there, and what to do', () => {
    writeFileSync(join(folder, '..', 'a-file'), '');
    assert.throws(() => openHome(join(folder, '..', 'a-file', 'home')), (error: UserError) => {
      assert.equal(error.code, 'CONFIG_INVALID');
      assert.match(error.message, /^Cannot write in .*home \(.*a-file is not a folder\)\. .* --home\.$/);
      return true;
    }); // prettier-ignore
  });

  it('is named in the commands that ask what runs in it, unless it is the usual one', () => {
    assert.equal(commandFor(join(process.cwd(), '.perennial')), 'npx perennial');
    assert.equal(commandFor('/srv/home'), 'npx perennial --home /srv/home');
    assert.equal(commandFor("/srv/Anna's home"), String.raw`npx perennial --home '/srv/Anna'\''s home'`);
  });

  /** Opens the home in a process of its own and waits until it has published. */
  async function openElsewhere(andThen = ''): Promise<ChildProcess> {
    const script = join(folder, '..', 'open.mts');
    await writeFile(
      script,
      `import { commandFor, openHome } from ${JSON.stringify(join(root, 'local/stack/home-folder.ts'))};
       openHome(${JSON.stringify(folder)}).publish(${JSON.stringify(environment)});
       ${andThen}
       console.log('open');
       setInterval(() => {}, 1000);`,
    );
    const child = spawn(process.execPath, ['--import', 'tsx', script], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    other = child;
    await new Promise((resolve, reject) => {
      child.stdout.once('data', resolve);
      child.once('exit', () => reject(new Error('the other process could not open the home')));
    });
    return child;
  }

  it('has its subfolders, is ignored by git, and can be opened again after it was closed', () => {
    for (let time = 1; time <= 2; time++) {
      const home = openHome(folder);
      assert.deepEqual(Object.keys(home.paths).sort(), ['data', 'logs', 'objects', 'postgres', 'temporal']);
      for (const path of Object.values(home.paths)) assert.ok(statSync(path).isDirectory());
      home.close();
    }
    assert.ok(existsSync(join(folder, '.gitignore')));
  });

  it('publishes how to reach what runs in it, in a file that only its user can read, until it is closed', () => {
    const home = openHome(folder);
    assert.equal(readRunning(folder), null);
    home.publish(environment);
    assert.deepEqual(readRunning(folder), environment);
    assert.equal(statSync(join(folder, 'running.json')).mode & 0o777, 0o600);
    home.close();
    assert.equal(readRunning(folder), null);
    assert.equal(existsSync(join(folder, 'running.json')), false);
  });

  it('refuses a second start, with the process and its addresses but no password', async () => {
    const { pid } = await openElsewhere();
    assert.throws(
      () => openHome(folder),
      (error: UserError) => {
        assert.equal(error.code, 'ALREADY_RUNNING');
        assert.match(error.message, new RegExp(`process ${pid}`));
        assert.match(error.message, /TEMPORAL_ADDRESS 127\.0\.0\.1:7233/);
        assert.match(error.message, /postgres:\/\/127\.0\.0\.1:5433\/perennial/);
        assert.doesNotMatch(error.message, /secret|some\/folder/);
        return true;
      },
    );
    assert.deepEqual(readRunning(folder), environment, 'the running one is not disturbed');
    assert.deepEqual(readdirSync(join(folder, 'locks')).sort(), [`${pid}.json`, 'processes']);
  });

  it('refuses a second start within the same process', () => {
    const home = openHome(folder);
    assert.throws(() => openHome(folder), { code: 'ALREADY_RUNNING', message: /still starting/ });
    home.close();
  });

  it('is free again when the process that held it was killed with -9', async () => {
    const child = await openElsewhere();
    child.kill('SIGKILL');
    await new Promise((done) => child.once('exit', done));
    assert.equal(readRunning(folder), null);
    openHome(folder).close();
  });

  it('is opened only when the servers of a killed start are gone', async () => {
    const leash = JSON.stringify(join(root, 'local/stack/leash.ts'));
    const slow = `trap 'sleep 0.7; exit' TERM; echo ready; while :; do sleep 0.05; done`;
    const child = await openElsewhere(
      `const { startLeashed, untilReady } = await import(${leash});
       const server = await startLeashed({ name: 'slow', command: '/bin/sh', args: ['-c', ${JSON.stringify(slow)}],
         logFile: ${JSON.stringify(join(folder, 'logs', 'slow'))} });
       await untilReady(server, async () => { if (!server.tail()) throw new Error('not yet'); });`,
    );
    const [record = ''] = readdirSync(join(folder, 'locks', 'processes'));
    const pid = Number(record.replace('.json', ''));
    process.kill(pid, 0); // it runs
    child.kill('SIGKILL');
    await new Promise((done) => child.once('exit', done));
    openHome(folder).close();
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
  });

  it('is free when its process is gone, even if another one has been given the same id', async () => {
    await openElsewhere();
    for (const file of [join(folder, 'running.json'), join(folder, 'locks', `${other?.pid}.json`)]) {
      const content = JSON.parse(await readFile(file, 'utf8')) as object;
      await writeFile(file, JSON.stringify({ ...content, started: 'at another time' }));
    }
    assert.equal(readRunning(folder), null);
    openHome(folder).close();
  });

  it('is not held by a lock that is cut off or empty', async () => {
    openHome(folder).close();
    await writeFile(join(folder, 'locks', '1.json'), '{"pid": 1');
    await writeFile(join(folder, 'running.json'), '');
    assert.equal(readRunning(folder), null);
    openHome(folder).close();
  });
});
