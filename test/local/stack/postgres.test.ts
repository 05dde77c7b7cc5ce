import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type UserError } from '../../../core/base/errors/errors.ts';
import { freePort, returnPort } from '../../../local/stack/tcp-ports.ts';
import { type Postgres, startPostgres } from '../../../local/stack/postgres.ts';
import { findPostgres } from '../../../local/stack/postgres-binaries.ts';
import { chooseRunAs } from '../../../local/stack/run-as.ts';
import { skip } from '../../support/skipped.ts';

const root = join(import.meta.dirname, '../../..');
const isRoot = process.getuid?.() === 0;

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query({ text, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

describe('the embedded Postgres', () => {
  let home: string;
  let folder: string;
  let port: number;
  let running: Postgres | undefined;
  const start = async () => (running = await startPostgres({ folder, port, logFile: join(home, 'postgres.log') }));

  before(async () => {
    port = (await freePort(29_500)).port;
    home = await mkdtemp(join(tmpdir(), 'perennial-postgres-'));
    folder = join(home, 'postgres');
  });
  afterEach(async () => {
    await running?.stop();
    running = undefined;
  });
  after(async () => {
    returnPort(port);
    await rm(home, { recursive: true, force: true });
  });

  it('starts over if an earlier first start was cut off', async () => {
    await mkdir(join(folder, 'data.new'), { recursive: true });
    await writeFile(join(folder, 'data.new', 'PG_VERSION'), 'half');
    const postgres = await start();
    assert.deepEqual(await query(postgres.url('postgres'), 'select 1'), [1]);
    assert.equal(existsSync(join(folder, 'data.new')), false);
  });

  it('makes a database once, whatever its name, and keeps it over a restart', async () => {
    const first = await start();
    await Promise.all([first.ensureDatabase('my "data"'), first.ensureDatabase('my "data"')]);
    await query(first.url('my "data"'), 'create table kept as select 42 as value');
    await first.stop();
    const second = await start();
    await second.ensureDatabase('my "data"');
    assert.deepEqual(await query(second.url('my "data"'), 'select value from kept'), [42]);
  });

  it("is open only to this home's password, kept where no other user can read it", async () => {
    const postgres = await start();
    assert.equal(statSync(join(folder, 'password')).mode & 0o777, 0o600);
    await assert.rejects(query(postgres.url('postgres').replace(/:[0-9a-f]+@/, ':guess@'), 'select 1'), {
      code: '28P01',
    });
    assert.deepEqual(await query(postgres.url('postgres'), 'show listen_addresses'), ['127.0.0.1']);
  });

  it('starts again after everything was killed with -9, with what had been committed', async () => {
    const script = join(home, 'start.mts');
    await writeFile(
      script,
      `import { startPostgres } from ${JSON.stringify(join(root, 'local/stack/postgres.ts'))};
       const postgres = await startPostgres(${JSON.stringify({ folder, port, logFile: join(home, 'postgres.log') })});
       await postgres.ensureDatabase('survivor');
       console.log(postgres.pid);`,
    );
    const child = spawn(process.execPath, ['--import', 'tsx', script], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pid = Number(await new Promise<Buffer>((resolve) => child.stdout.once('data', resolve)));
    child.kill('SIGKILL');
    process.kill(pid, 'SIGKILL');
    const postgres = await start();
    assert.deepEqual(await query(postgres.url('survivor'), 'select current_database()::text'), ['survivor']);
  });

  it('waits for the one that a killed start left behind', async () => {
    const former = await start();
    const later = startPostgres({ folder, port, logFile: join(home, 'postgres.log') });
    await former.stop();
    running = await later;
    assert.notEqual(running.pid, former.pid);
  });

  it('starts even if its pid file names another program', async () => {
    await writeFile(join(folder, 'data', 'postmaster.pid'), `${process.pid}\n${join(folder, 'data')}\n`);
    await start();
  });

  it('says why it did not start', async () => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    await assert.rejects(start(), (error: UserError) => {
      assert.equal(error.code, 'POSTGRES_FAILED');
      assert.match(error.message, new RegExp(`did not start on port ${port}`));
      assert.match(error.message, /Address already in use/);
      assert.match(error.message, /The whole log is /);
      return true;
    });
    await new Promise((resolve) => server.close(resolve));
  });

  describe('for root, whom Postgres refuses', () => {
    const path = process.env.PATH;
    let closed: string | undefined;
    before(function () {
      if (!isRoot) skip(this, 'Postgres was not started for root', 'Run the tests as root to see it refused and run.');
    });
    afterEach(async () => {
      process.env.PATH = path;
      if (closed !== undefined) await rm(closed, { recursive: true, force: true });
    });

    /** A machine on which unshare is not to be had, as in many containers. */
    async function withoutNamespaces(): Promise<void> {
      const bin = join(home, 'bin');
      await mkdir(bin, { recursive: true });
      await symlink('/usr/bin/id', join(bin, 'id')).catch(() => {});
      process.env.PATH = bin;
    }

    it('runs in a folder that no other user can enter', async () => {
      closed = await mkdtemp(join(homedir(), '.perennial-test-'));
      const postgres = await startPostgres({ folder: join(closed, 'postgres'), port, logFile: join(closed, 'log') });
      running = postgres;
      assert.deepEqual(await query(postgres.url('postgres'), 'select 1'), [1]);
      await postgres.stop();
    });

    it('is run by another user where namespaces are forbidden, who then owns the folder', async () => {
      const elsewhere = await mkdtemp('/tmp/perennial-postgres-');
      closed = elsewhere;
      await withoutNamespaces();
      const other = join(elsewhere, 'postgres');
      await mkdir(other);
      const options = { folder: other, port, logFile: join(elsewhere, 'log') };
      // Only the folder is given away; to reach it, the other user must be let through its parent.
      await chmod(elsewhere, 0o711);
      for (let time = 1; time <= 2; time++) {
        running = await startPostgres(options);
        assert.deepEqual(await query(running.url('postgres'), 'select 1'), [1]);
        await running.stop();
      }
      assert.notEqual(statSync(join(other, 'data')).uid, 0);
      process.env.PATH = path; // namespaces are allowed again: the owner still runs it
      running = await startPostgres(options);
    });

    it('says what to do when no user can run it', async () => {
      await withoutNamespaces();
      closed = await mkdtemp(join(homedir(), '.perennial-test-'));
      const inside = join(closed, 'postgres');
      await mkdir(inside);
      await assert.rejects(chooseRunAs(inside, (await findPostgres()).postgres), (error: UserError) => {
        assert.equal(error.code, 'POSTGRES_FAILED');
        assert.match(error.message, /its own namespace: .*unshare/);
        assert.match(error.message, /user nobody: it cannot enter/);
        assert.match(error.message, /Start as an ordinary user/);
        return true;
      });
      assert.equal(statSync(inside).uid, 0, 'the folder is given back');
    });
  });

  it('has the short names of its libraries, whether or not npm ran install scripts', async () => {
    const { postgres } = await findPostgres();
    const list = await readFile(join(postgres, '../../pg-symlinks.json'), 'utf8').catch(() => '[]');
    for (const { target } of JSON.parse(list) as { target: string }[]) {
      assert.ok(existsSync(join(postgres, '../../..', target)), target);
    }
  });
});
