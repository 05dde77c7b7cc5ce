import { createRolloutProgress } from '../../adapters/postgres/rollout/progress.ts';
import { createRollouts } from '../../adapters/postgres/rollout/rollouts.ts';
import { createTrafficTable } from '../../adapters/postgres/rollout/traffic.ts';
import { createPipelines } from '../../adapters/postgres/pipelines.ts';
import { type UserError } from '../../core/base/errors/errors.ts';
import { createRandom } from '../../core/base/random.ts';
import { type Rollout } from '../../core/rollout/rollouts.ts';
import { forkNode, type Leashed } from '../../local/stack/leash.ts';
import { freePort } from '../../local/stack/tcp-ports.ts';
import { findTemporal, startTemporal } from '../../local/toolchain/tools/temporal.ts';
import { type Operations } from '../../operations/index.ts';
import { connectOperations } from '../../wiring/operations.ts';
import { readConfig } from '../../wiring/settings.ts';
import { aPipeline, aRow, cleanUp } from '../server/fakes.ts';
import { serverProcesses, type ServerProcesses } from '../server/server-process.ts';
import { ada } from '../support/asked.ts';
import { eventually } from '../support/temporal/dev-server.ts';
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** A killed worker is noticed after its heartbeat's time. */
const until = (isSo: () => Promise<boolean>, what: string): Promise<unknown> =>
  eventually(isSo, 90_000).catch((error: unknown) => {
    throw new Error(`in vain: ${what}`, { cause: error });
  });
const entry = fileURLToPath(new URL('../../workers/main.ts', import.meta.url));
const step = { bake: '1 second', minRequests: 200, longest: '1 day' };

describe('a rollout of real processes @slow', function () {
  this.timeout(600_000);
  let test: ServerProcesses;
  let operations: Operations;
  let url: string;
  let startTemporalAgain: () => Promise<{ stop(): Promise<void> }>;
  let temporal: { stop(): Promise<void> };
  let environment: Record<string, string>;
  let worker: Leashed;
  let workers = 0;
  const closers: (() => Promise<unknown>)[] = [];

  before(async () => {
    test = await serverProcesses();
    for (const [version, bias] of [[1, 0], [2, 0], [3, 3], [4, 3]] as const) await test.register(version, bias); // prettier-ignore
    const rollout = {
      steps: [
        { share: 'shadow' as const, ...step },
        { share: 0.3, ...step },
        { share: 0.6, ...step },
      ],
    };
    await createPipelines(test.database).apply({ ...aPipeline(), rollout: { ...aPipeline().rollout, ...rollout } } as never, 'ada'); // prettier-ignore
    await test.promote(1, 0);
    const { path } = await findTemporal({ report: () => {} });
    const [{ port }, { port: uiPort }] = [await freePort(31_600), await freePort(32_600)];
    const folder = join(test.folder, 'temporal');
    mkdirSync(folder);
    startTemporalAgain = () => startTemporal({ path, folder, port, uiPort, logFile: join(folder, 'temporal.log') });
    temporal = await startTemporalAgain();
    closers.push(() => temporal.stop());
    environment = {
      DATABASE_URL: test.url,
      OBJECT_STORE_URL: String(pathToFileURL(join(test.folder, 'objects'))),
      TEMPORAL_ADDRESS: `127.0.0.1:${port}`,
      PERENNIAL_DATA: test.folder,
    };
    await startWorker();
    closers.push(() => worker.stop());
    url = await test.start().address;
    const connected = await connectOperations(readConfig(environment));
    closers.push(() => connected.close());
    operations = connected.operations.as(ada);
  });
  after(async () => {
    for (const close of closers.reverse()) await close();
    await test?.close();
    await cleanUp();
  });

  async function startWorker(): Promise<void> {
    const name = `worker-${++workers}`;
    const logFile = join(test.folder, `${name}.log`);
    const env = { ...environment, PERENNIAL_DATA: join(test.folder, name) };
    worker = await forkNode(entry, { name, args: ['control'], env, logFile });
    await until(async () => readFileSync(logFile, 'utf8').includes('"working"'), 'the worker works');
  }

  const random = createRandom(7);
  /** Which versions answered requests of new entities. */
  async function ask(requests: number): Promise<number[]> {
    const rows = Array.from({ length: requests }, () =>
      aRow({ amount: random.normal(0, 2), card_id: `card-${random.integer(2 ** 40)}` }),
    );
    const response = await fetch(`${url}/predict/fraud`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ rows }),
    });
    const answer = (await response.json()) as { predictions: { version: number }[] };
    assert.equal(response.status, 200, `no request fails because of a rollout: ${JSON.stringify(answer)}`);
    return answer.predictions.map(({ version }) => version);
  }
  const progress = () => createRolloutProgress(test.database);
  const traffic = async () => (await createTrafficTable(test.database).get('fraud'))!;
  const outcome = async ({ id }: Rollout) => (await createRollouts(test.database).get(id)).outcome;
  const inStep = ({ id }: Rollout, at: number) =>
    until(async () => (await progress().of(id)).step?.at === at, `step ${at + 1} begins`);
  /** Asks until something is so. */
  const askUntil = (isSo: () => Promise<boolean>, what: string) => until(async () => (await ask(100), isSo()), what);
  /** Once the worker polls: after an absence of Temporal it comes back by itself. */
  const start = (version: number): Promise<Rollout> =>
    eventually(
      () =>
        operations.rollouts.start({ pipeline: 'fraud', version, reason: 'to see' }).catch((error: UserError) => {
          if (error.code !== 'NO_WORKER') throw error;
          return null;
        }),
      90_000,
    );
  const servesOnly = (version: number) =>
    until(async () => (await ask(50)).every((one) => one === version), `v${version} answers all`);

  it('reaches all traffic step by step, though its worker is killed in the first ones', async () => {
    const rollout = await start(2);
    for (const at of [0, 1]) {
      await inStep(rollout, at);
      worker.stop('SIGKILL').catch(() => undefined);
      await worker.exited;
      await startWorker();
      if (at === 1) await until(async () => new Set(await ask(100)).size === 2, 'both answer');
      await askUntil(async () => (await progress().of(rollout.id)).passed > at, `step ${at + 1} is passed`);
    }
    await askUntil(async () => (await outcome(rollout)) !== null, 'it ends');
    assert.equal((await outcome(rollout))!.result, 'promoted');
    await servesOnly(2);
    const { rows } = await test.database.query<{ shares: number[]; shadow: number | null }>(
      `select array(select (arm->>'share')::float8 from jsonb_array_elements(shares) arm where (arm->>'version')::int = 2) as shares,
         shadow from traffic_history order by generation`,
    );
    assert.deepEqual(
      rows.map(({ shares, shadow }) => shadow ?? shares[0]),
      [undefined, 2, 0.3, 0.6, 1],
      'each step once, whatever was killed',
    );
    const { looks } = await operations.rollouts.show({ pipeline: 'fraud' });
    assert.deepEqual(
      looks.filter(({ decision }) => decision === 'next').map(({ step }) => step),
      [2, 1, 0],
    );
  });

  it('takes a bad version back with Temporal away, and ends as rolled back when it is there again', async () => {
    const rollout = await start(3);
    await inStep(rollout, 0);
    await temporal.stop();
    await askUntil(async () => (await traffic()).shadow === null, 'the shadow is out');
    assert.deepEqual((await traffic()).arms, [{ version: 2, share: 1 }]);
    temporal = await startTemporalAgain();
    await until(async () => (await outcome(rollout)) !== null, 'it ends');
    const ended = (await outcome(rollout))!;
    assert.equal(ended.result, 'rolled back');
    assert.match(ended.reason, /^v3 as a shadow: scores: /);
  });

  it('is superseded by a rollback by hand, which reaches the server at once', async () => {
    const rollout = await start(1);
    await inStep(rollout, 0);
    await askUntil(async () => (await progress().of(rollout.id)).passed > 0, 'the shadow is passed');
    await inStep(rollout, 1);
    await until(async () => (await ask(100)).includes(1), 'v1 answers again');
    await operations.models.rollBack({ pipeline: 'fraud', reason: 'ada saw enough' });
    await servesOnly(2);
    await until(async () => (await outcome(rollout)) !== null, 'it ends');
    assert.equal((await outcome(rollout))!.result, 'superseded');
  });
});
