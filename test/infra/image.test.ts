import { repository, start } from '../support/processes/programs.ts';
import { variablesOfOthers, variablesOfTheProduct } from './product.ts';
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const dockerfile = readFileSync(join(repository, 'Dockerfile'), 'utf8').replaceAll(/\\\n/g, ' ');
const instructions = dockerfile
  .split('\n')
  .map((line) => /^([A-Z]+) (.*)/.exec(line))
  .flatMap((match) => (match ? [{ name: match[1]!, rest: match[2]!.trim() }] : []));
const lastOf = (name: string): string => instructions.filter((each) => each.name === name).at(-1)?.rest ?? '';
const inRepository = (path: string): string => join(repository, path.replace(/^\/app\//, ''));
const executable = (path: string): boolean => (statSync(inRepository(path)).mode & 0o111) !== 0;

async function run(role: string[], env: NodeJS.ProcessEnv = {}) {
  const program = start('infra/entrypoint', role, { env });
  return { code: await program.ended, stdout: program.stdout(), stderr: program.stderr() };
}

describe('the image', () => {
  it('starts and is checked for health by files that exist and can be run', () => {
    const [entrypoint] = JSON.parse(lastOf('ENTRYPOINT')) as string[];
    const [healthcheck] = JSON.parse(lastOf('HEALTHCHECK').replace(/.*CMD /, '')) as string[];
    assert.ok(executable(entrypoint!), entrypoint);
    assert.ok(executable(healthcheck!), healthcheck);
    assert.ok(executable('bin/perennial.js'));
    for (const [file] of dockerfile.matchAll(/(?<!npm\/)\b(?:workers|bin|infra|local)\/[\w.-]+\.\w+/g))
      assert.ok(existsSync(join(repository, file)), `${file} is not there`);
  });

  it('has built every program that a container starts, or that such a program starts', () => {
    const built = /bin\/build\.js(.*)/.exec(dockerfile)?.[1]?.trim().split(/\s+/) ?? [];
    for (const program of built) assert.ok(existsSync(inRepository(program)), `${program} is not there`);
    const entrypoint = readFileSync(join(repository, 'infra/entrypoint'), 'utf8');
    const started = [...entrypoint.matchAll(/\$root\/([\w/.-]+\.ts)/g)].map(([, program]) => program!);
    const byThese = ['client/main.ts', 'workers/training/trainer.ts', 'workers/threads/thread.ts', 'workers/training/trees/kernel/thread.ts', 'workers/training/network/kernel/thread.ts', 'adapters/training/backend-here.ts', 'server/protocols/batch/tables/thread.ts']; // prettier-ignore
    assert.deepEqual(built.sort(), [...started, ...byThese].sort());
  });

  it('runs as an unprivileged user', () => assert.match(lastOf('USER'), /^[1-9]\d*:[1-9]\d*$/));

  it('sets variables that the product reads', async () => {
    const known = await variablesOfTheProduct();
    const set = lastOf('ENV')
      .split(/\s+/)
      .map((pair) => pair.split('=')[0]!);
    assert.deepEqual(
      set.filter((name) => !known.has(name) && !variablesOfOthers.has(name)),
      [],
    );
    assert.ok(set.includes('PERENNIAL_BUNDLES') && set.includes('PERENNIAL_DATA'));
  });

  it('is built from existing folders, and leaves out what must not get into it', () => {
    const allowed = readFileSync(join(repository, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => /^[!*]/.test(line));
    assert.equal(allowed[0], '*');
    for (const path of allowed.slice(1)) assert.ok(existsSync(join(repository, path.slice(1))), `${path} is not there`);
    assert.ok(!allowed.some((path) => /node_modules|\.env|\.git|\.perennial/.test(path)));
  });

  it('listens on the port that it exposes', async () => {
    const config = readFileSync(join(repository, 'core/base/settings/config-schema.ts'), 'utf8');
    assert.match(config, new RegExp(`PERENNIAL_PORT[^;]*default\\(${lastOf('EXPOSE')}\\)`));
  });
});

describe('the entrypoint', () => {
  it("has help of its own, and passes the command line's through", async () => {
    const help = await run(['--help']);
    assert.equal(help.code, 0);
    for (const role of ['worker', 'server', 'migrate', 'perennial'])
      assert.match(help.stdout, new RegExp(`^  ${role} `, 'm'));
    const cli = await run(['perennial', '--help']);
    assert.equal(cli.code, 0);
    assert.match(cli.stdout, /Usage: perennial/);
  });

  it('refuses an unknown role', async () => {
    const { code, stderr } = await run(['wroker']);
    assert.equal(code, 64);
    assert.match(stderr, /usage: entrypoint ROLE/);
  });

  for (const role of [['worker', 'data'], ['server'], ['migrate']])
    it(`starts ${role.join(' ')}, which says what it lacks`, async () => {
      const { code, stderr } = await run(role, { DATABASE_URL: '', OBJECT_STORE_URL: '', PERENNIAL_DATA: '' });
      assert.equal(code, 1);
      assert.match(stderr, /CONFIG_INVALID: .*\n.*DATABASE_URL/);
    });

  it('lets a worker have several roles, and lists the existing ones', async () => {
    const settings = { DATABASE_URL: '', OBJECT_STORE_URL: '', PERENNIAL_DATA: '' };
    assert.match(
      (await run(['worker', 'control,data'], settings)).stderr,
      /CONFIG_INVALID: The configuration is invalid/,
    );
    assert.match((await run(['worker', 'control,date'], settings)).stderr, /no role "date".*control, data, training/);
  });
});

describe('a worker that cannot offer its metrics', () => {
  it('says where, and which setting to change', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    try {
      const address = `127.0.0.1:${(taken.address() as AddressInfo).port}`;
      const settings = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing', OBJECT_STORE_URL: 'file:///nowhere', PERENNIAL_DATA: '/nowhere' }; // prettier-ignore
      const worker = start('infra/entrypoint', ['worker', 'data'], { env: { ...settings, PERENNIAL_METRICS_ADDRESS: address } }); // prettier-ignore
      assert.equal(await worker.ended, 1);
      assert.match(worker.stderr(), new RegExp(`NO_FREE_PORT: .* at ${address}: .* PERENNIAL_METRICS_ADDRESS`));
    } finally {
      taken.close();
    }
  });
});

describe('the health check', () => {
  let folder = '';
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'perennial-test-health-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const ask = async (role: string[], env: NodeJS.ProcessEnv = {}) => {
    const program = start('infra/healthcheck.cjs', role, { env: { PERENNIAL_DATA: folder, ...env } });
    return { code: await program.ended, said: program.stderr() };
  };

  it('passes for a worker while it gives signs of life, and fails when it stops', async () => {
    assert.match((await ask(['worker'])).said, /not at work yet/);
    const file = join(folder, 'worker.alive');
    writeFileSync(file, '');
    assert.equal((await ask(['worker'])).code, 0);
    assert.equal((await ask([])).code, 0);
    const before = new Date(Date.now() - 120_000);
    utimesSync(file, before, before);
    const late = await ask(['worker']);
    assert.equal(late.code, 1);
    assert.match(late.said, /last sign 1[2-9]\d s ago/);
  });

  it('passes for a server that answers', async () => {
    const server = createServer((request, response) =>
      response.writeHead(request.url === '/health/live' ? 200 : 404).end(),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const PERENNIAL_PORT = String((server.address() as AddressInfo).port);
    assert.equal((await ask(['server'], { PERENNIAL_PORT })).code, 0);
    server.close();
    const gone = await ask(['server'], { PERENNIAL_PORT: '2' }); // its port may be somebody else's by now
    assert.equal(gone.code, 1);
    assert.match(gone.said, /does not answer: .*ECONNREFUSED/);
  });
});
