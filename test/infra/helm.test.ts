import { dashboards } from '../../local/dashboards/index.ts';
import { readConfig } from '../../wiring/settings.ts';
import { findHelm } from '../../local/toolchain/tools/helm.ts';
import { findPython } from '../../local/toolchain/tools/python.ts';
import { output } from '../../local/toolchain/tool.ts';
import { repository, start } from '../support/processes/programs.ts';
import { variablesOfOthers, variablesOfTheProduct } from './product.ts';
import { skip } from '../support/skipped.ts';
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

interface Container {
  name: string;
  args: string[];
  env?: { name: string; value?: string; valueFrom?: { secretKeyRef?: { key: string } } }[];
  envFrom?: { secretRef?: { name: string } }[];
  ports?: { name: string; containerPort: number }[];
  securityContext: Record<string, unknown>;
  resources: { requests?: object; limits?: object };
  volumeMounts: { name: string; mountPath: string }[];
  livenessProbe?: Probe;
  readinessProbe?: Probe;
}
interface Probe {
  exec?: { command: string[] };
  httpGet?: { path: string };
}
interface Pod {
  containers: Container[];
  securityContext: Record<string, unknown>;
  automountServiceAccountToken: boolean;
  volumes: { name: string }[];
}
interface Resource {
  kind: string;
  metadata: { name: string; annotations?: Record<string, string>; labels?: Record<string, string> };
  data?: Record<string, string>;
  spec: {
    template?: { metadata?: { labels: Record<string, string> }; spec: Pod };
    volumeClaimTemplates?: { metadata: { name: string } }[];
    ports?: { name: string; targetPort: string }[];
    selector?: { matchLabels: Record<string, string>; matchExpressions?: { key: string; values: string[] }[] };
    endpoints?: { port: string; path: string; authorization: { credentials: { name: string; key: string } } }[];
    podMetricsEndpoints?: { port: string }[];
    groups?: { rules: { annotations: Record<string, string> }[] }[];
  };
}

const chart = join(repository, 'helm/perennial');
const everything = [
  'pipelines.existingSecret=sources',
  'alerts.existingSecret=hooks',
  'alerts.mailFrom=perennial@models.test',
  'alerts.email=ml@models.test',
  'alerts.quiet=22:00-07:00 Europe/Berlin',
  'alerts.digest=day 08:00 UTC',
  'alerts.pagerdutyUrl=https://events.test/v2/enqueue',
  'alerts.webhooksPrivate=true',
  'temporal.clientCertificateSecret=certificate',
  'temporal.uiUrl=https://temporal.test',
  'workers.training.trainings=3',
  'server.oidc.issuer=https://login.test',
  'server.oidc.clientId=perennial',
  'server.oidc.publicUrl=https://perennial.test',
  'server.oidc.groups.ml-team=read operate',
  'server.oidc.groups.ml-admins=read admin',
  'objectStore.endpoint=https://minio.test:9000',
  'pipelines.configMap=pipelines',
  'server.persistence.enabled=false',
  'server.replicas=1',
  'monitoring.labels.release=prometheus',
  'monitoring.scrape.enabled=true',
  'monitoring.rules.enabled=true',
  'monitoring.rules.runbooks=https://git.test/blob/main/',
  'monitoring.dashboards.enabled=true',
];
const withOperator = ['--api-versions=monitoring.coreos.com/v1'];

describe('the helm chart', () => {
  let helm = '';
  before(async function () {
    this.timeout(900_000); // helm may have to be built first
    helm = (await findHelm()).path;
  });
  // A helm that Go built does not know which Kubernetes it is for.
  const render = (settings: string[] = [], from = chart, cluster: string[] = []): Promise<string> =>
    output(helm, ['template', 'test', from, '--kube-version=1.33.0', ...cluster, ...settings.flatMap((each) => ['--set', each])]); // prettier-ignore
  const resources = (text: string): Resource[] =>
    parseAllDocuments(text).flatMap((document) => (document.contents === null ? [] : [document.toJS() as Resource]));
  const pods = (found: Resource[]): [string, Pod][] =>
    found.flatMap(({ metadata, spec }) =>
      spec?.template ? [[metadata.name, spec.template.spec] as [string, Pod]] : [],
    );

  it("passes helm's own lint", async () => {
    await output(helm, ['lint', '--strict', chart]);
  });

  it('states how many connections to Postgres its processes make', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'perennial-test-helm-'));
    try {
      // Helm renders NOTES.txt with a cluster only, so a template of ours says what that says.
      cpSync(chart, folder, { recursive: true });
      writeFileSync(join(folder, 'templates/sum.yaml'), 'sum: {{ include "perennial.connections" . }}\n');
      const values = [
        'workers.data.replicas=3',
        'server.replicas=4',
        'server.workers=3',
        'database.connections=10',
        'database.consoleConnections=5',
      ];
      const text = await render(values, folder);
      assert.match(text, /PERENNIAL_KEEP_PREDICTIONS_DAYS: "90"\n\s*PERENNIAL_KEEP_COUNTS_DAYS: "400"/);
      assert.match(text, /PERENNIAL_PREDICTIONS_PER_MINUTE: "600000"/);
      assert.match(text, /PERENNIAL_SPOOL_MB: "1024"/);
      assert.match(text, /PERENNIAL_CONNECTIONS: "10"\n\s*PERENNIAL_CONSOLE_CONNECTIONS: "5"/);
      assert.match(text, /PERENNIAL_SERVER_WORKERS: "3"/);
      // Six workers, four servers of three processes with their console and one that listens, a command and the migration.
      assert.match(text, new RegExp(`sum: ${6 * 10 + 4 * 3 * (10 + 5 + 1) + 5 + 2}$`, 'm'));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('is accepted by Kubernetes, in its smallest and its fullest form @slow', async function () {
    const validate = await kubernetesValidate();
    if (validate === null)
      skip(this, "the chart was not held against Kubernetes' schemas", 'Install python3 with venv.');
    const folder = mkdtempSync(join(tmpdir(), 'perennial-test-helm-'));
    try {
      for (const settings of [[], everything]) {
        const text = await render(settings);
        const file = join(folder, 'rendered.yaml');
        writeFileSync(file, text);
        const said = start(validate, ['--strict', file]);
        assert.equal(await said.ended, 0, said.stdout() + said.stderr());
        const passed = (said.stdout() + said.stderr()).match(/passed for resource/g) ?? [];
        assert.equal(passed.length, resources(text).length);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('refuses unknown and impossible values', async () => {
    await assert.rejects(render(['sever.replicas=2']), /sever/);
    await assert.rejects(render(['objectStore.url=file:///data']), /objectStore.*does not match/s);
    await assert.rejects(render(['temporal.address=temporal']), /temporal.*does not match/s);
  });

  it('starts each role, with commands and probes that exist', async () => {
    const found = pods(resources(await render()));
    assert.deepEqual(found.flatMap(([, pod]) => pod.containers.map(({ args }) => args.join(' '))).sort(), [
      'migrate',
      'server',
      'worker control',
      'worker data',
      'worker training',
    ]);
    const routes = ['/health/live', '/health/ready'];
    for (const [name, pod] of found)
      for (const { livenessProbe, readinessProbe, args } of pod.containers) {
        if (args[0] !== 'migrate') assert.ok(livenessProbe, name);
        for (const probe of [livenessProbe, readinessProbe]) {
          if (probe?.httpGet) assert.ok(routes.includes(probe.httpGet.path), probe.httpGet.path);
          if (probe?.exec) assert.ok(existsSync(join(repository, probe.exec.command[0]!.replace('/app/', ''))));
        }
      }
  });

  it('runs them as an unprivileged user, without capabilities, on a read-only root file system', async () => {
    for (const settings of [[], everything])
      for (const [name, pod] of pods(resources(await render(settings)))) {
        assert.equal(pod.securityContext['runAsNonRoot'], true, name);
        assert.equal(pod.automountServiceAccountToken, false, name);
        for (const { securityContext, resources: wanted, volumeMounts } of pod.containers) {
          assert.equal(securityContext['readOnlyRootFilesystem'], true, name);
          assert.equal(securityContext['allowPrivilegeEscalation'], false, name);
          assert.deepEqual(securityContext['capabilities'], { drop: ['ALL'] }, name);
          assert.ok(wanted.requests && wanted.limits, name);
          const paths = volumeMounts.map(({ mountPath }) => mountPath);
          assert.ok(paths.includes('/data') && paths.includes('/tmp'), name);
        }
      }
  });

  it('sets variables that the product reads, with no secret in the open', async () => {
    const known = await variablesOfTheProduct();
    for (const settings of [[], everything]) {
      const found = resources(await render(settings));
      const open = Object.keys(found.find(({ kind }) => kind === 'ConfigMap')?.data ?? {});
      const given = pods(found).flatMap(([, pod]) => pod.containers.flatMap(({ env = [] }) => env));
      for (const name of [...open, ...given.map((each) => each.name)])
        assert.ok(known.has(name) || variablesOfOthers.has(name), `nothing reads ${name}`);
      const secrets =
        /^(DATABASE_URL|S3_ACCESS_KEY|S3_SECRET_KEY|TEMPORAL_API_KEY|PERENNIAL_API_KEYS|PERENNIAL_METRICS_KEY|PERENNIAL_SESSION_SECRET|PERENNIAL_OIDC_CLIENT_SECRET|PERENNIAL_SMTP_URL|PERENNIAL_ALERT_(?!EMAIL|QUIET|DIGEST|ESCALATE)\w+)$/;
      assert.deepEqual(
        open.filter((name) => secrets.test(name)),
        [],
      );
      for (const { name, valueFrom } of given.filter((each) => secrets.test(each.name)))
        assert.equal(valueFrom?.secretKeyRef?.key, name);
    }
  });

  it('leaves encryption to the API key and the certificate for Temporal, unless it is set', async () => {
    for (const [settings, tls] of [[[], undefined], [['temporal.tls=true'], { disabled: false }]] as const) {
      const found = resources(await render([...settings]));
      const open = found.find(({ kind }) => kind === 'ConfigMap')?.data ?? {};
      const secrets = { DATABASE_URL: 'postgres://postgres/perennial', TEMPORAL_API_KEY: 'a-key-of-a-test' };
      const config = readConfig({ PERENNIAL_DATA: '/data', ...(open as Record<string, string>), ...secrets });
      assert.deepEqual(config.temporal.tls, tls);
    }
  }); // prettier-ignore

  it('tells training workers alone how many trainings to run at once, where it is set', async () => {
    const told = async (settings: string[]) =>
      pods(resources(await render(settings))).flatMap(([, pod]) =>
        pod.containers.flatMap(({ args, env = [] }) =>
          env.flatMap(({ name, value }) => (name === 'PERENNIAL_TRAININGS' ? [[args.join(' '), value]] : [])),
        ),
      );
    assert.deepEqual([await told([]), await told(everything)], [[], [['worker training', '3']]]);
  });

  it('lets people sign in to the server alone, with settings that it accepts', async () => {
    const found = resources(await render(everything));
    const open = found.find(({ kind }) => kind === 'ConfigMap')?.data ?? {};
    const withIssuer = pods(found).filter(([, pod]) =>
      pod.containers.some(({ env = [] }) => env.some(({ name }) => name === 'PERENNIAL_OIDC_ISSUER')),
    );
    const [server, ...others] = withIssuer.map(([, pod]) => pod.containers[0]!);
    assert.deepEqual([server?.args, others], [['server'], []]);
    const given = (server?.env ?? []).flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]]));
    const secrets = { DATABASE_URL: 'postgres://postgres/perennial', PERENNIAL_API_KEYS: '9f1c0d7b2a4e6f8091a3b5c7' };
    const { oidc } = readConfig({ PERENNIAL_DATA: '/data', ...open, ...Object.fromEntries(given), ...secrets });
    assert.deepEqual(oidc?.groups, { 'ml-team': ['read', 'operate'], 'ml-admins': ['read', 'admin'] });
    assert.equal(oidc?.publicUrl, 'https://perennial.test');
  });

  it('gives each role only its own secrets', async () => {
    const given = pods(resources(await render(everything))).map(([, pod]) => {
      const [{ args, env = [], envFrom = [] }] = pod.containers as [(typeof pod.containers)[number]];
      const secrets = env.flatMap(({ name, valueFrom }) => (valueFrom?.secretKeyRef ? [name] : []));
      const whole = envFrom.flatMap(({ secretRef }) => (secretRef ? [`all of ${secretRef.name}`] : []));
      return [args.join(' '), [...secrets, ...whole].sort()];
    });
    const common = ['DATABASE_URL', 'S3_ACCESS_KEY', 'S3_SECRET_KEY', 'TEMPORAL_API_KEY'];
    const ofServer = [
      'PERENNIAL_ALERT_PAGERDUTY',
      'PERENNIAL_ALERT_SLACK',
      'PERENNIAL_ALERT_TEAMS',
      'PERENNIAL_ALERT_WEBHOOK',
      'PERENNIAL_ALERT_WEBHOOK_SECRET',
      'PERENNIAL_API_KEYS',
      'PERENNIAL_METRICS_KEY',
      'PERENNIAL_OIDC_CLIENT_SECRET',
      'PERENNIAL_SESSION_SECRET',
      'PERENNIAL_SMTP_URL',
    ];
    assert.deepEqual(Object.fromEntries(given), {
      migrate: common,
      server: [...common, ...ofServer, 'all of hooks'].sort(),
      'worker control': common,
      'worker data': [...common, 'all of sources'],
      'worker training': common,
    });
  });

  it('prepares tables and bucket before it installs or upgrades, with the settings that the others get', async () => {
    const found = resources(await render(everything));
    const job = found.find(({ kind }) => kind === 'Job')!;
    assert.equal(job.metadata.annotations?.['helm.sh/hook'], 'pre-install,pre-upgrade,pre-rollback');
    const given = Object.fromEntries(
      job.spec.template!.spec.containers[0]!.env!.map(({ name, value }) => [name, value]),
    );
    const open = found.find(({ kind }) => kind === 'ConfigMap')!.data!;
    for (const [name, value] of Object.entries(open)) assert.equal(given[name], value, name);
    assert.equal((await render(['migrate.enabled=false'])).includes('kind: Job'), false);
  });

  it('keeps what servers have not yet shipped on a volume, unless told otherwise', async () => {
    const serverOf = (text: string) => resources(text).find(({ kind }) => kind === 'StatefulSet')!;
    assert.equal(serverOf(await render()).spec.volumeClaimTemplates?.[0]?.metadata.name, 'data');
    const without = serverOf(await render(everything));
    assert.equal(without.spec.volumeClaimTemplates, undefined);
    assert.ok(without.spec.template!.spec.volumes.some(({ name }) => name === 'data'));
  });

  describe('with monitoring', () => {
    const kindsOf = (found: Resource[]): string[] => found.map(({ kind }) => kind);
    const custom = ['PodMonitor', 'PrometheusRule', 'ServiceMonitor'];
    let full: Resource[];
    before(async () => void (full = resources(await render(everything, chart, withOperator))));
    const dashboardsOf = (found: Resource[]) => found.filter(({ metadata }) => metadata.labels?.['grafana_dashboard'] === '1'); // prettier-ignore

    it('is off by default, and makes no object that the cluster does not know', async () => {
      const usual = await render([], chart, withOperator);
      assert.doesNotMatch(usual, /monitoring\.coreos|grafana|9464/);
      const without = resources(await render(everything));
      assert.deepEqual(kindsOf(without).filter((kind) => custom.includes(kind)), []); // prettier-ignore
      assert.equal(dashboardsOf(without).length, Object.keys(dashboards).length);
      await assert.rejects(render(['monitoring.scrape.interval=soon']), /interval.*does not match/s);
    });

    it("lets Prometheus find servers, with a key, and workers, under its operator's labels", () => {
      const found = full;
      const of = (kind: string): Resource => found.find((each) => each.kind === kind)!;
      for (const kind of custom) assert.equal(of(kind).metadata.labels?.['release'], 'prometheus', kind);
      const selects = ({ spec }: Resource, labels: Record<string, string> = {}): boolean =>
        Object.entries(spec.selector!.matchLabels).every(([key, value]) => labels[key] === value) &&
        (spec.selector!.matchExpressions ?? []).every(({ key, values }) => values.includes(labels[key] ?? ''));
      const [service] = found.filter((each) => each.kind === 'Service' && selects(of('ServiceMonitor'), each.metadata.labels)); // prettier-ignore
      const [{ port, path, authorization }] = of('ServiceMonitor').spec.endpoints as [NonNullable<Resource['spec']['endpoints']>[number]]; // prettier-ignore
      assert.deepEqual([path, service?.spec.ports?.some(({ name }) => name === port)], ['/metrics', true]);
      const server = pods(found).find(([name]) => name.endsWith('-server'))![1].containers[0]!;
      const key = server.env?.find(({ name }) => name === 'PERENNIAL_METRICS_KEY')?.valueFrom?.secretKeyRef;
      assert.deepEqual(authorization.credentials, key);
      const workers = found.filter(({ spec }) => selects(of('PodMonitor'), spec?.template?.metadata?.labels));
      assert.deepEqual(workers.map(({ metadata }) => metadata.name.replace(/.*-/, '')).sort(), [
        'control',
        'data',
        'training',
      ]);
      for (const { spec } of workers) {
        const { ports, env } = spec.template!.spec.containers[0]!;
        assert.deepEqual(ports, [{ name: of('PodMonitor').spec.podMetricsEndpoints![0]!.port, containerPort: 9464 }]);
        assert.equal(env?.find(({ name }) => name === 'PERENNIAL_METRICS_ADDRESS')?.value, '0.0.0.0:9464');
      }
    });

    it('brings the rules and the dashboards as they are, with links to where the docs are', () => {
      const found = full;
      const read = (file: string): string => readFileSync(join(chart, 'monitoring', file), 'utf8');
      const rules = found.find(({ kind }) => kind === 'PrometheusRule')!.spec;
      const [rule] = rules.groups![0]!.rules;
      assert.match(rule!.annotations['runbook_url']!, /^https:\/\/git\.test\/blob\/main\/docs\/monitoring\.md#/);
      assert.deepEqual(rules, parse(read('rules.yml').replaceAll(': docs/', ': https://git.test/blob/main/docs/')));
      const shown = dashboardsOf(found).flatMap(({ data }) => Object.entries(data!));
      assert.deepEqual(
        Object.fromEntries(shown.map(([name, text]) => [name, JSON.parse(text)])),
        Object.fromEntries(Object.keys(dashboards).map((name) => [`perennial-${name}.json`, JSON.parse(read(`dashboards/${name}.json`))])), // prettier-ignore
      );
    });
  });

  it('reaches the server on the ports where it listens', async () => {
    const found = resources(await render());
    const reached = found.find(({ kind }) => kind === 'Service')?.spec.ports?.map(({ targetPort }) => targetPort);
    assert.deepEqual(reached, ['http', 'grpc']);
    const { ports, env } = pods(found).find(([name]) => name.endsWith('-server'))![1].containers[0]!;
    assert.deepEqual(ports, [
      { name: 'http', containerPort: 8080 },
      { name: 'grpc', containerPort: 8081 },
    ]); // 8080 is the default of PERENNIAL_PORT
    assert.equal(env?.find(({ name }) => name === 'PERENNIAL_GRPC_PORT')?.value, '8081');
  });
});

/** The checker with the schemas of Kubernetes; null where there is no Python. */
async function kubernetesValidate(): Promise<string | null> {
  if ((await output('python3', ['--version']).catch(() => null)) === null) return null;
  return join((await findPython('kubernetes-validate', { report: () => undefined })).folder, 'kubernetes-validate');
}
