import { folderPerTest } from '../support/folders.ts';
import { perennialDatabase } from '../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const bin = fileURLToPath(new URL('../../bin/perennial.js', import.meta.url));

describe('bin/perennial.js @slow', () => {
  const folder = folderPerTest();
  const perennial = (...line: string[]) =>
    new Promise<{ code: unknown; out: string; err: string }>((resolve) => {
      const env = { PATH: process.env['PATH'] };
      execFile(process.execPath, [bin, ...line], { cwd: folder(), env }, (error, out, err) =>
        resolve({ code: error ? error.code : 0, out, err }),
      );
    });

  it('shows its help from any folder, with nothing running', async () => {
    const { code, out, err } = await perennial('--help');
    assert.deepEqual({ code, err }, { code: 0, err: '' });
    assert.match(out, /^Usage: perennial/);
  });

  it('says how to start a service that it cannot reach', async () => {
    const home = join(folder(), 'nowhere');
    const { code, out, err } = await perennial('status', '--home', home);
    assert.deepEqual({ code, out }, { code: 1, out: '' });
    assert.match(err, new RegExp(`Nothing is running in ${home}.*npm start.*DATABASE_URL`));
    assert.doesNotMatch(err, /\n {4}at /, 'and shows no stack');
  });

  it('passes no escape sequence in data on to the terminal', async () => {
    const home = join(folder(), 'no\x1b[31mwhere\x9b');
    const { err } = await perennial('status', '--home', home);
    assert.match(err, /no\\u001b\[31mwhere\\u009b/);
    // oxlint-disable-next-line no-control-regex -- the very characters are looked for
    assert.doesNotMatch(err, /[\x1b\x9b]/);
  });

  it('names the database that does not answer', async () => {
    const address = 'postgres://ada:secret@127.0.0.1:1/perennial';
    const env = { PATH: process.env['PATH'], DATABASE_URL: address, OBJECT_STORE_URL: 'file:///tmp' };
    const err = await new Promise<string>((resolve) => {
      execFile(process.execPath, [bin, 'status', '--json'], { env }, (_error, _out, text) => resolve(text));
    });
    const { error } = JSON.parse(err) as { error: { code: string; message: string } };
    assert.equal(error.code, 'DATABASE_UNREACHABLE');
    assert.match(error.message, /127\.0\.0\.1:1\/perennial/);
    assert.doesNotMatch(error.message, /secret/);
  });
});

describe('the modules that bin/perennial.js loads, which take most of the time of a command @slow', () => {
  const folder = folderPerTest();
  const database = perennialDatabase();
  const drivers = ['@temporalio/client', 'commander', 'minio', 'pg', 'zod', '@duckdb/node-api'];

  /** Those of the packages above whose code ran, by what Node writes about coverage. */
  async function loadedBy(...line: string[]): Promise<string[]> {
    const env = {
      PATH: process.env['PATH'],
      NODE_V8_COVERAGE: folder(),
      DATABASE_URL: database.url(),
      OBJECT_STORE_URL: 's3://models',
      S3_ACCESS_KEY: 'ada',
      S3_SECRET_KEY: 'secret',
      TEMPORAL_ADDRESS: '127.0.0.1:1',
    };
    await promisify(execFile)(process.execPath, [bin, ...line], { env });
    const ran = readdirSync(folder()).map((file) => readFileSync(join(folder(), file), 'utf8')).join(); // prettier-ignore
    return drivers.filter((name) => ran.includes(`/node_modules/${name}/`));
  }

  it('include no driver for its help', async () => {
    assert.deepEqual(await loadedBy('--help'), ['commander']);
  });

  it('include no client of Temporal or the object store for what Postgres knows', async () => {
    assert.deepEqual(await loadedBy('status'), ['commander', 'pg', 'zod']);
    assert.deepEqual(await loadedBy('status', 'fraud'), ['commander', 'pg', 'zod']);
  });
});
