import { repository } from '../support/programs.ts';
import { ours, readCompose, readVariables, type Service } from './compose.ts';
import { variablesOfOthers, variablesOfTheProduct } from './product.ts';
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

describe('docker-compose.yml', () => {
  let services: Record<string, Service>;
  before(async function () {
    this.timeout(300_000); // the reader may have to be built first
    services = await readCompose(); // which the specification's own reader has accepted
  });

  it('starts what an installation needs', () => {
    assert.deepEqual(Object.keys(services).sort(), [
      'guard',
      'migrate',
      'minio',
      'perennial',
      'postgres',
      'server',
      'temporal',
      'temporal-ui',
      'trainer',
      'worker',
    ]);
  });

  it('gives our services roles that the entrypoint has, and all three kinds of work to workers', () => {
    const entrypoint = readFileSync(join(repository, 'infra/entrypoint'), 'utf8');
    const queues: string[] = [];
    for (const [name, { command = [], entrypoint: own }] of ours(services)) {
      const [role, ...rest] = own ? own.slice(1) : command;
      assert.match(entrypoint, new RegExp(`^  ${role}\\) exec `, 'm'), name);
      if (role === 'worker') queues.push(...rest.flatMap((each) => each.split(',')));
      for (const path of [...(own ?? []), ...(services[name]?.healthcheck?.test ?? [])].filter((each) =>
        each.startsWith('/app/'),
      ))
        assert.ok(existsSync(join(repository, path.replace('/app/', ''))), `${name}: ${path}`);
    }
    assert.deepEqual(queues.sort(), ['control', 'data', 'training']);
  });

  it('sets variables that the product reads, and no others', async () => {
    const known = await variablesOfTheProduct();
    for (const [name, { environment = {} }] of ours(services))
      for (const variable of Object.keys(environment))
        assert.ok(known.has(variable) || variablesOfOthers.has(variable), `${name}: nothing reads ${variable}`);
  });

  it('gives each service only its own secrets', () => {
    const files = (name: string) => (services[name]?.env_file ?? []).map(({ path }) => path.replace(/.*\//, ''));
    const ofOthers = (name: string) =>
      Object.keys(services[name]?.environment ?? {}).filter((each) => /API_KEYS|SMTP|SLACK|_DB_URL/.test(each));
    const found = ours(services).map(([name]) => [name, [...files(name), ...ofOthers(name)].sort()]);
    assert.deepEqual(Object.fromEntries(found), {
      guard: [],
      migrate: [],
      perennial: ['PERENNIAL_API_KEYS', 'sources.env'],
      server: ['PERENNIAL_ALERT_SLACK', 'PERENNIAL_API_KEYS', 'PERENNIAL_SMTP_URL', 'hooks.env'],
      trainer: [],
      worker: ['sources.env'],
    });
  });

  it('has a value or a place for each variable of .env.example, and they are plainly for this machine only', async () => {
    const text = readFileSync(join(repository, 'docker-compose.yml'), 'utf8');
    const known = await variablesOfTheProduct();
    for (const [name, value] of Object.entries(await readVariables('.env.example'))) {
      assert.ok(text.includes(`\${${name}`) || known.has(name), `nothing reads ${name}`);
      assert.match(value, /^(local-only-.*)?$/, name);
    }
    assert.doesNotMatch(text.replaceAll(/\$\{[^}]*\}/g, ''), /local-only/);
  });

  it('lets nobody in but this machine, and only where a service listens', () => {
    const published = Object.entries(services).flatMap(([name, { ports = [] }]) =>
      ports.map(({ host_ip, target }) => `${name} ${host_ip} ${target}`),
    );
    assert.deepEqual(published.sort(), ['guard 127.0.0.1 8233', 'server 127.0.0.1 8080']);
  });

  it('runs our containers without rights, on a root file system that cannot be written', () => {
    for (const [name, { read_only, cap_drop, security_opt, tmpfs, volumes = [], command }] of ours(services)) {
      assert.equal(read_only, true, name);
      assert.deepEqual(cap_drop, ['ALL'], name);
      assert.deepEqual(security_opt, ['no-new-privileges:true'], name);
      assert.equal(tmpfs, '/tmp', name);
      if (!['guard', 'migrate'].includes(command?.[0] ?? ''))
        assert.ok(
          volumes.some(({ target }) => target === '/data'),
          name,
        );
    }
  });

  it('has tables and bucket made before anything leans on them', () => {
    for (const [name, { depends_on = {} }] of ours(services).filter(([each]) => each !== 'migrate' && each !== 'guard'))
      assert.equal(depends_on['migrate']?.condition, 'service_completed_successfully', name);
    for (const [name, { healthcheck }] of Object.entries(services))
      if (Object.values(services).some(({ depends_on }) => depends_on?.[name]?.condition === 'service_healthy'))
        assert.ok(healthcheck?.test, `${name} is waited for, and has no health check`);
  });

  it('runs the Temporal server that our workflows are tested with', () => {
    assert.equal(services['temporal']?.image, 'temporalio/auto-setup:1.29.1');
    const toolchain = readFileSync(join(repository, 'local/toolchain/temporal.ts'), 'utf8');
    assert.match(toolchain, /OLDEST_SERVER = \{ major: 1, minor: 29 \}/);
  });
});
