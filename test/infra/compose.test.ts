import { dashboards } from '../../local/dashboards/index.ts';
import { seaweedfs } from '../../local/toolchain/pins.ts';
import { seaweedfsArguments, seaweedfsEnvironment } from '../../local/toolchain/tools/seaweedfs.ts';
import { findTemporal } from '../../local/toolchain/tools/temporal.ts';
import { devServer } from '../support/temporal/dev-server.ts';
import { repository } from '../support/processes/programs.ts';
import { type Compose, type Network, ours, readCompose, readVariables, type Service } from './compose.ts';
import { variablesOfOthers, variablesOfTheProduct } from './product.ts';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';

const NEWEST_MINOR = 32; // of the server in the dev server that local/toolchain/pins.ts names

describe('docker-compose.yml', () => {
  let services: Record<string, Service>;
  let networks: Record<string, Network>;
  let secrets: Compose['secrets'];
  before(async function () {
    this.timeout(300_000); // the reader may have to be built first
    ({ services, networks, secrets } = await readCompose()); // which the specification's own reader has accepted
  });

  it('starts what an installation needs', () => {
    assert.deepEqual(Object.keys(services).sort(), [
      'grafana',
      'guard',
      'migrate',
      'perennial',
      'postgres',
      'prometheus',
      'seaweedfs',
      'server',
      'temporal',
      'temporal-namespace',
      'temporal-schema',
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
      Object.keys(services[name]?.environment ?? {}).filter((each) =>
        /API_KEYS|METRICS_KEY|CLIENT_SECRET|SMTP|ALERT_(SLACK|TEAMS|WEBHOOK|PAGERDUTY)|_DB_URL/.test(each),
      );
    const found = ours(services).map(([name]) => [name, [...files(name), ...ofOthers(name)].sort()]);
    assert.deepEqual(Object.fromEntries(found), {
      guard: [],
      migrate: [],
      perennial: ['PERENNIAL_API_KEYS', 'sources.env'],
      server: [
        'PERENNIAL_ALERT_PAGERDUTY',
        'PERENNIAL_ALERT_SLACK',
        'PERENNIAL_ALERT_TEAMS',
        'PERENNIAL_ALERT_WEBHOOK',
        'PERENNIAL_ALERT_WEBHOOK_SECRET',
        'PERENNIAL_API_KEYS',
        'PERENNIAL_METRICS_KEY',
        'PERENNIAL_OIDC_CLIENT_SECRET',
        'PERENNIAL_SMTP_URL',
        'hooks.env',
      ],
      trainer: [],
      worker: ['sources.env'],
    });
  });

  it('has a value or a place for each variable of .env.example, which are plainly for this machine only', async () => {
    const text = readFileSync(join(repository, 'docker-compose.yml'), 'utf8');
    const known = await variablesOfTheProduct();
    for (const [name, value] of Object.entries(await readVariables('.env.example'))) {
      const isRead = [`\${${name}`, `{ environment: ${name} }`].some((use) => text.includes(use)) || known.has(name);
      assert.ok(isRead, `nothing reads ${name}`);
      assert.match(value, /^(local-only-.*)?$/, name);
    }
    assert.doesNotMatch(text.replaceAll(/\$\{[^}]*\}/g, ''), /local-only/);
  });

  it('accepts connections only from this machine, and only where a service listens', () => {
    const published = Object.entries(services).flatMap(([name, { ports = [] }]) =>
      ports.map(({ host_ip, target }) => `${name} ${host_ip} ${target}`),
    );
    assert.deepEqual(published.sort(), [
      'grafana 127.0.0.1 3000',
      'guard 127.0.0.1 8233',
      'server 127.0.0.1 8080',
      'server 127.0.0.1 8081',
    ]);
  });

  const ofTemporal = () => Object.entries(services).filter(([, { image }]) => image?.startsWith('temporalio/'));

  it("keeps Temporal and its Web UI off this machine's addresses, with the guard as the only way to them", () => {
    assert.deepEqual(
      ofTemporal().map(([name, { networks: its = {} }]) => [name, Object.keys(its)]),
      ['temporal', 'temporal-namespace', 'temporal-schema', 'temporal-ui'].map((name) => [name, ['temporal']]),
    );
    const { internal, driver_opts } = networks['temporal']!;
    assert.deepEqual([internal, driver_opts], [true, { 'com.docker.network.bridge.gateway_mode_ipv4': 'isolated' }]);
    const [page] = /[^:]+/.exec(services['guard']?.command?.[1] ?? '')!;
    assert.equal(page, 'temporal-ui');
    // A port is published from a network that the machine reaches.
    for (const [name, { ports = [], networks: its = {} }] of Object.entries(services))
      if (ports.length > 0) assert.ok('default' in its && !networks['default']?.internal, name);
  });

  /** Where a path in a container comes from in this repository. */
  const mounted = ({ volumes = [] }: Service, path: string): string => {
    const mount = volumes.find(({ type, target }) => type === 'bind' && `${path}/`.startsWith(`${target}/`));
    assert.ok(mount, path);
    return join(mount.source, path.slice(mount.target.length));
  };

  it('gives Temporal a HTTP API that answers no page', () => {
    const temporal = services['temporal']!;
    const file = mounted(temporal, temporal.environment?.['DYNAMIC_CONFIG_FILE_PATH'] ?? '');
    assert.match(readFileSync(file, 'utf8'), /^frontend\.httpAllowedHosts:\n {2}- value: \[nobody\.invalid\]$/m);
  });

  it("makes Temporal's tables and namespace with scripts that exist and are executable", () => {
    for (const name of ['temporal-schema', 'temporal-namespace'])
      accessSync(mounted(services[name]!, services[name]!.command?.[0] ?? ''), constants.R_OK | constants.X_OK);
  });

  describe('with a running Temporal', () => {
    const server = devServer();

    it('makes the namespace where it is missing, and leaves it where it exists', async () => {
      const { path } = await findTemporal({ report: () => undefined });
      const script = mounted(services['temporal-namespace']!, services['temporal-namespace']!.command![0]!);
      const env = {
        PATH: `${dirname(path)}:${process.env['PATH']}`,
        TEMPORAL_ADDRESS: server().settings.address,
        TEMPORAL_NAMESPACE: 'made-by-compose',
      };
      for (let time = 1; time <= 2; time++) execFileSync(script, { env, stdio: 'pipe' });
      const found = await server().client.workflowService.describeNamespace({ namespace: env.TEMPORAL_NAMESPACE });
      assert.equal(found.namespaceInfo?.name, 'made-by-compose');
    });
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

  it('makes tables and bucket before anything depends on them', () => {
    const depends = (name: string, on: string) => services[name]?.depends_on?.[on]?.condition;
    assert.equal(depends('temporal', 'temporal-schema'), 'service_completed_successfully');
    for (const name of ['worker', 'trainer', 'perennial'])
      assert.equal(depends(name, 'temporal-namespace'), 'service_completed_successfully', name);
    for (const [name, { depends_on = {} }] of ours(services).filter(([each]) => each !== 'migrate' && each !== 'guard'))
      assert.equal(depends_on['migrate']?.condition, 'service_completed_successfully', name);
    for (const [name, { healthcheck }] of Object.entries(services))
      if (Object.values(services).some(({ depends_on }) => depends_on?.[name]?.condition === 'service_healthy'))
        assert.ok(healthcheck?.test, `${name} is waited for, and has no health check`);
  });

  it('monitors only where it is asked to, with a Prometheus that only Grafana reaches and a key that only reads', () => {
    const monitoring = Object.entries(services).filter(([, { profiles = [] }]) => profiles.includes('monitoring'));
    assert.deepEqual(monitoring.map(([name, { ports = [] }]) => `${name} ${ports.length}`).sort(), ['grafana 1', 'prometheus 0']); // prettier-ignore
    for (const [name, { image, cap_drop, security_opt, secrets: its = [] }] of monitoring) {
      assert.match(image!, /:v?\d+\.\d+\.\d+$/, name);
      assert.deepEqual([cap_drop, security_opt], [['ALL'], ['no-new-privileges:true']], name);
      const variables = its.map(({ source }) => secrets[source]?.environment);
      assert.deepEqual(variables, [name === 'grafana' ? 'GRAFANA_PASSWORD' : 'PERENNIAL_METRICS_KEY']);
    }
    assert.deepEqual(Object.keys(services['prometheus']!.networks ?? {}), ['monitoring']);
    assert.deepEqual(networks['monitoring']!.driver_opts, networks['temporal']!.driver_opts);
    assert.equal(networks['monitoring']!.internal, true);
    const { jobs, credentials, targets } = scraped();
    for (const target of targets) assert.ok('monitoring' in services[target.replace(/:.*/, '')]!.networks!, target);
    for (const job of jobs) assert.match(job, /perennial/); // by which rules know that something is down
    assert.deepEqual(
      credentials,
      services['prometheus']!.secrets!.map(({ source }) => `/run/secrets/${source}`),
    );
    assert.deepEqual(targets.sort(), ['server:8080', 'trainer:9464', 'worker:9464']);
    for (const name of ['worker', 'trainer'])
      assert.equal(services[name]!.environment!['PERENNIAL_METRICS_ADDRESS'], '0.0.0.0:9464');
  });

  interface ScrapeConfig {
    job_name: string;
    authorization?: { credentials_file: string };
    static_configs: { targets: string[] }[];
  }
  /** What Prometheus is told to scrape. */
  function scraped() {
    const text = readFileSync(mounted(services['prometheus']!, '/etc/prometheus/prometheus.yml'), 'utf8');
    const config = parse(text) as { rule_files: string[]; scrape_configs: ScrapeConfig[] };
    for (const path of config.rule_files) assert.ok(existsSync(mounted(services['prometheus']!, path)));
    return {
      jobs: config.scrape_configs.map(({ job_name }) => job_name),
      credentials: config.scrape_configs.flatMap(({ authorization }) => authorization?.credentials_file ?? []),
      targets: config.scrape_configs.flatMap((job) => job.static_configs.flatMap((each) => each.targets)),
    };
  }

  it('gives Grafana our dashboards, and Prometheus as their source', () => {
    const grafana = services['grafana']!;
    const read = <File>(path: string): File => parse(readFileSync(mounted(grafana, path), 'utf8')) as File;
    const folder = '/etc/grafana/provisioning';
    const { providers } = read<{ providers: { options: { path: string } }[] }>(`${folder}/dashboards/perennial.yml`);
    const files = providers.flatMap(({ options }) => readdirSync(mounted(grafana, options.path)));
    assert.deepEqual(files.sort(), Object.keys(dashboards).map((name) => `${name}.json`).sort()); // prettier-ignore
    const { datasources } = read<{ datasources: { type: string; url: string }[] }>(
      `${folder}/datasources/perennial.yml`,
    );
    assert.deepEqual(
      datasources.map(({ type, url }) => [type, new URL(url).hostname]),
      [['prometheus', 'prometheus']],
    );
  });

  it('runs the object store that ours is tested with, configured as it is tested', () => {
    const { image, command = [], environment = {} } = services['seaweedfs']!;
    assert.equal(image, `chrislusf/seaweedfs:${seaweedfs.version}`);
    assert.deepEqual(
      command.filter((each) => !['-dir=/data', '-s3.ip.bind=0.0.0.0'].includes(each)).sort(),
      [...seaweedfsArguments].sort(),
    );
    for (const [variable, value] of Object.entries(seaweedfsEnvironment)) assert.equal(environment[variable], value);
  });

  it('runs a Temporal server between the oldest and the newest that our workflows are tested with', () => {
    const [, version, minor] = /^temporalio\/server:(1\.(\d+)\.\d+)$/.exec(services['temporal']?.image ?? '') ?? [];
    for (const name of ['temporal-schema', 'temporal-namespace'])
      assert.equal(services[name]?.image, `temporalio/admin-tools:${version}`);
    const toolchain = readFileSync(join(repository, 'local/toolchain/tools/temporal.ts'), 'utf8');
    const [, oldest] = /OLDEST_SERVER = \{ major: 1, minor: (\d+) \}/.exec(toolchain)!;
    assert.ok(Number(minor) >= Number(oldest) && Number(minor) <= NEWEST_MINOR, minor);
  });
});
