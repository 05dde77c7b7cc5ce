import { clockSetting } from '../../adapters/machine/clock.ts';
import { isSimulated, openSources } from '../../local/simulation/sources.ts';
import { reachOperations } from '../../wiring/operations.ts';
import { readConfig } from '../../wiring/settings.ts';
import { parsePipeline, type PipelineInput } from '../../core/declaration/pipeline.ts';
import { DAY, milliseconds, type Instant } from '../../core/time/time.ts';
import { playStory } from '../../trials/demo/scenes.ts';
import { createTimeline } from '../../trials/demo/timeline.ts';
import { readExamples } from '../../local/simulation/examples.ts';
import { type Leashed, startLeashed, untilReady } from '../../local/stack/leash.ts';
import { freePort } from '../../local/stack/tcp-ports.ts';
import { startPostgres } from '../../local/stack/postgres.ts';
import { createObjectStore } from '../../adapters/objects/object-store.ts';
import { findSeaweedfs, startSeaweedfs } from '../../local/toolchain/tools/seaweedfs.ts';
import { findTemporal, startTemporal } from '../../local/toolchain/tools/temporal.ts';
import { ada } from '../support/asked.ts';
import { metricsOfTemporal } from '../support/exposed-metrics.ts';
import { names } from '../support/temporal/names.ts';
import { repository, start, untilNobodyIsLeft } from '../support/processes/programs.ts';
import { readCompose, type Service } from './compose.ts';
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const START: Instant = '2026-01-19T00:00:00.000Z';
const quietly = { report: () => undefined };

/** What compose would start, as plain processes: its commands and its settings, with hosts swapped for this machine. */
describe('the installation of docker-compose.yml, without containers @slow', function () {
  this.timeout(900_000);
  const folder = join(tmpdir(), `perennial-test-stack-${process.pid}`);
  before(() => void mkdirSync(folder, { recursive: true })); // not where none of these tests is run
  const stops: (() => Promise<unknown>)[] = [];
  let services: Record<string, Service>;
  let swap: (text: string) => string;
  let port = 0;
  let grpcPort = 0;
  const metricsPorts: Record<string, number> = {};
  let fraudUrl = '';

  after(async () => {
    for (const stop of stops.reverse()) await stop();
    await untilNobodyIsLeft(folder);
    rmSync(folder, { recursive: true, force: true });
  });

  before(async () => {
    ({ services } = await readCompose());
    const portFrom = async (preferred: number): Promise<number> => (await freePort(preferred)).port;
    const log = (name: string): string => join(folder, `${name}.log`);
    for (const name of ['postgres', 'temporal', 'seaweedfs', 'tmp']) mkdirSync(join(folder, name));

    const postgres = await startPostgres({
      folder: join(folder, 'postgres'),
      port: await portFrom(26_600),
      logFile: log('postgres'),
    });
    stops.push(() => postgres.stop());
    await postgres.ensureDatabase('perennial');
    await postgres.ensureDatabase('fraud');
    const temporal = await startTemporal({
      path: (await findTemporal(quietly)).path,
      folder: join(folder, 'temporal'),
      port: await portFrom(7_433),
      uiPort: await portFrom(8_433),
      logFile: log('temporal'),
    });
    stops.push(() => temporal.stop());
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = services['seaweedfs']!.environment!;
    const objects = await startSeaweedfs({
      path: (await findSeaweedfs()).path,
      folder: join(folder, 'seaweedfs'),
      port: await portFrom(9_400),
      accessKey: AWS_ACCESS_KEY_ID!,
      secretKey: AWS_SECRET_ACCESS_KEY!,
    });
    stops.push(() => objects.stop());
    port = await portFrom(8_480);
    grpcPort = await portFrom(8_580);
    for (const name of ['worker', 'trainer']) metricsPorts[name] = await portFrom(9_564);
    const there = /^postgres:\/\/[^@]*@postgres:5432/;
    swap = (text) =>
      text
        .replace(there, new URL(postgres.url('')).href.replace(/\/$/, ''))
        .replace('http://seaweedfs:8333', objects.endpoint)
        .replace('temporal:7233', temporal.address)
        .replace('0.0.0.0', '127.0.0.1');
    fraudUrl = postgres.url('fraud');
  });

  /** What the container of a service would have for an environment. */
  function environmentOf(name: string): Record<string, string> {
    const own = Object.entries(services[name]!.environment ?? {}).map(([key, value]) => [
      key,
      swap(String(value ?? '')),
    ]);
    return {
      ...(Object.fromEntries(own) as Record<string, string>),
      ...(['worker', 'perennial'].includes(name) && { FRAUD_DB_URL: fraudUrl }), // would be in sources.env
      PERENNIAL_DATA: join(folder, name),
      PERENNIAL_BUNDLES: join(folder, 'bundles'),
      PERENNIAL_PORT: String(port),
      PERENNIAL_GRPC_PORT: String(grpcPort),
      ...(name in metricsPorts && { PERENNIAL_METRICS_ADDRESS: `127.0.0.1:${metricsPorts[name]}` }),
      UV_THREADPOOL_SIZE: '16',
      TMPDIR: join(folder, 'tmp'),
      // Nothing but data folder and tmp may be written.
      HOME: '/proc/no-home',
      XDG_CACHE_HOME: '/proc/no-cache',
      PERENNIAL_CLOCK: clockSetting(new Date(START), new Date(), 0),
    };
  }
  const entrypoint = (name: string): [string, string[]] => ['infra/entrypoint', services[name]!.command!];

  async function startService(name: string): Promise<Leashed> {
    const [command, args] = entrypoint(name);
    const logFile = join(folder, `${name}.log`);
    const service = await startLeashed({
      name,
      command: join(repository, command),
      args,
      env: environmentOf(name),
      logFile,
      cwd: folder,
    });
    stops.push(() => service.stop());
    return service;
  }
  async function isWell(name: string): Promise<void> {
    const [, command = '', ...args] = services[name]!.healthcheck!.test!;
    const asked = start(command.replace('/app', repository), args, { env: environmentOf(name) });
    if ((await asked.ended) !== 0) throw new Error(asked.stderr());
  }

  it('trains, serves, logs and judges a day, with objects in the bucket and nothing written but data and tmp', async () => {
    const bundled = start(process.execPath, ['bin/run.js', 'workers/bundle.ts'], {
      env: { PERENNIAL_BUNDLES: join(folder, 'bundles') },
    });
    assert.equal(await bundled.ended, 0, bundled.stderr());
    const [bundle] = readdirSync(join(folder, 'bundles'));

    const server = await startService('server');
    await untilReady(server, () => isWell('server'));
    await untilReady(server, () => {
      assert.match(
        readFileSync(join(folder, 'server.log'), 'utf8'),
        /migrations are missing \(001-spine\.sql.*migrate/,
      );
      return Promise.resolve();
    });

    const migrate = start(...entrypoint('migrate'), { env: environmentOf('migrate') });
    assert.equal(await migrate.ended, 0, migrate.stderr());
    assert.match(migrate.stdout(), /Tables: 001-spine\.sql.* done\nObjects: bucket perennial, which was made/);
    const again = start(...entrypoint('migrate'), { env: environmentOf('migrate') });
    assert.equal(await again.ended, 0, again.stderr());
    assert.match(again.stdout(), /Tables: up to date\nObjects: bucket perennial\n/);

    for (const name of ['worker', 'trainer']) {
      const service = await startService(name);
      await untilReady(service, () => isWell(name));
    }
    const cli = start('infra/entrypoint', ['perennial', 'status'], { env: environmentOf('perennial') });
    assert.equal(await cli.ended, 0, cli.stderr());

    const key = services['server']!.environment!['PERENNIAL_API_KEYS']!;
    const refused = await fetch(`http://127.0.0.1:${port}/predict/fraud`, { method: 'POST' });
    assert.equal(refused.status, 401);
    const application = await bringsKey(key, port);
    stops.push(application.stop);

    await play(application.url);
    // What was read shortly before is shown for half a minute.
    await untilReady(server, measure, { forMs: 180_000 });

    assert.deepEqual(readdirSync(join(folder, 'bundles')), [bundle]);
    const store = createObjectStore(readConfig(environmentOf('perennial')));
    let reports = 0;
    for await (const { sizeBytes } of store.list('reports/')) reports += sizeBytes > 0 ? 1 : 0;
    assert.ok(reports > 0, 'no report is in the bucket');
    for (const path of ['/proc/no-home', '/proc/no-cache']) assert.equal(existsSync(path), false);
  });

  /** As Prometheus does: servers say what pipelines do, and workers what dashboards show of them. */
  async function measure(): Promise<void> {
    const scrape = async (its: number, key = ''): Promise<string> =>
      (await fetch(`http://127.0.0.1:${its}/metrics`, { headers: { authorization: `Bearer ${key}` } })).text();
    const ofServer = await scrape(port, services['server']!.environment!['PERENNIAL_METRICS_KEY']!);
    for (const series of [
      'perennial_drift_level{pipeline="fraud"} 0',
      'perennial_loop_success_age_seconds{pipeline="fraud",loop="training"}',
      'perennial_trainings_ended{pipeline="fraud",result="promoted"} 1',
      'perennial_queue_silence_seconds{role="training"}',
      'perennial_alert_delivery_oldest_age_seconds 0',
    ])
      assert.ok(ofServer.includes(series), `${series} is not in\n${ofServer}`);
    const ofWorkers = await Promise.all(Object.values(metricsPorts).map((its) => scrape(its)));
    for (const text of ofWorkers) assert.match(text, /^perennial_worker_disk_free_bytes [1-9]/m);
    // Nothing failed here, so these have no series.
    const shown = Object.entries(metricsOfTemporal).filter(([name]) => !name.includes('fail'));
    for (const [name, labels] of shown)
      for (const label of labels)
        assert.match(ofWorkers.join('\n'), new RegExp(`^${name}(_bucket)?\\{.*\\b${label}="`, 'm'));
  }

  async function play(serverUrl: string): Promise<void> {
    const [declared] = (await readExamples(join(repository, 'pipelines')))
      .filter(isSimulated)
      .filter(({ pipeline }) => pipeline.name === 'fraud');
    // All its candidates, each once: this is about where they are trained.
    const input = { ...(declared!.input as PipelineInput), splits: { ...declared!.pipeline.splits, folds: 'none' } };
    const example = { ...declared!, input, pipeline: parsePipeline(input, declared!.file) };
    const { operations, close } = await reachOperations(readConfig(environmentOf('perennial')), ada);
    let shown = START;
    const sources = await openSources([example], {
      seed: 20_260_101,
      driftSince: null,
      now: () => new Date(shown),
      database: () => Promise.resolve(fraudUrl),
    });
    const timeline = createTimeline(() => undefined);
    try {
      await playStory({
        stack: { operations, serverUrl, names },
        source: sources.all[0]!.source,
        example,
        step: (_title, work) => work(() => undefined),
        timeline,
        start: START,
        historyDays: milliseconds(example.pipeline.source.history) / DAY + 1,
        onTime: (at) => void (shown = at),
        drifts: false,
      });
    } finally {
      await sources.close();
      await close();
    }
    const { step, facts } = timeline.links.at(-1)!;
    assert.deepEqual([step, facts['level']], ['verdict', 'stable']);
  }
});

/** What stands before the server where an application sends the key: the demo's sends none. */
async function bringsKey(key: string, port: number): Promise<{ url: string; stop(): Promise<void> }> {
  const server = createServer((incoming, outgoing) => {
    const headers = { ...incoming.headers, authorization: `Bearer ${key}` };
    const passed = request(
      { host: '127.0.0.1', port, path: incoming.url, method: incoming.method, headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(outgoing);
      },
    );
    passed.on('error', (error) => outgoing.writeHead(502).end(error.message));
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => new Promise((resolve) => (server.closeAllConnections(), server.close(() => resolve()))),
  };
}
