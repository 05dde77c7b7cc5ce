import { withFailures } from '../../activities/steps/failures.ts';
import { temporalChecks } from '../../adapters/doctor/temporal.ts';
import { createObjectStore } from '../../adapters/objects/object-store.ts';
import { createApprovalDesk } from '../../adapters/temporal/runs/approvals.ts';
import { createRuns } from '../../adapters/temporal/runs/runs.ts';
import { replayOpenRuns } from '../../adapters/temporal/bundles/replay.ts';
import { createWorkflowVersions } from '../../adapters/temporal/bundles/versions.ts';
import { sdkVersion, type Bundle } from '../../adapters/temporal/bundles/bundle.ts';
import { bundleKey } from '../../core/data/objects/object-keys.ts';
import { type Config } from '../../core/base/settings/config.ts';
import { examine } from '../../operations/doctor.ts';
import { createControlWorker } from '../../workers/control.ts';
import { machineIn } from '../../wiring/settings.ts';
import { devServer, eventually as eventuallyWithin } from '../support/temporal/dev-server.ts';
import { rolloutScript } from '../support/temporal/scripts.ts';
import { repository } from '../support/processes/programs.ts';
import { names } from '../support/temporal/names.ts';
import { activityInfo } from '@temporalio/activity';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A worker is started on the way. */
const eventually = <T>(look: () => Promise<T>) => eventuallyWithin(look, 60_000);

const FORMER = 'fraud-2026-01-07T03:00Z-1c1c1c';
const [WAITING, NEXT] = ['fraud-2026-01-11T03:00Z-3fa9c1', 'fraud-2026-01-18T03:00Z-0e0e0e'];
const ada = { approve: true, by: 'ada', reason: 'the card is read' };

/** Workflows as they are, and as a later release has them: its rollouts take one step more, before anyone is asked. */
async function bundles(folder: string): Promise<{ old: Bundle; changed: Bundle }> {
  const make = async (build: string, change: (code: string) => string): Promise<Bundle> => {
    const source = join(folder, build);
    for (const each of ['core', 'workflows']) cpSync(join(repository, each), join(source, each), { recursive: true });
    symlinkSync(join(repository, 'node_modules'), join(source, 'node_modules'));
    const rollout = join(source, 'workflows/rollout.ts');
    writeFileSync(rollout, change(readFileSync(rollout, 'utf8')));
    const { code } = await bundleWorkflowCode({
      workflowsPath: join(source, 'workflows/index.ts'),
      logger: new DefaultLogger('ERROR'),
    });
    const codePath = join(folder, `${build}.js`);
    writeFileSync(codePath, code);
    return { build, codePath };
  };
  const oneStepMore = (code: string): string => {
    const changed = code
      .replace(
        'const step = steps[passed];',
        `$&\n if (opened.approval === 'person') await openRollout({ rollout: id });`,
      )
      .replace('const said = `${verbOf(decision)} by', 'const said = `by the new code: ${verbOf(decision)} by');
    assert.notEqual(changed, code);
    return changed;
  };
  return { old: await make('old', (code) => code), changed: await make('changed', oneStepMore) };
}

describe('an upgrade of the workflows @slow', function () {
  this.timeout(600_000);
  const server = devServer();
  const folder = mkdtempSync(join(tmpdir(), 'perennial-test-upgrade-'));
  const objectStoreUrl = String(pathToFileURL(join(folder, 'objects')));
  const store = createObjectStore({ objectStoreUrl, s3: {} as never });
  const versions = () => createWorkflowVersions(server().client, server().settings);
  const decide = (cycle: string) =>
    createApprovalDesk(server().client, server().settings).decide({ pipeline: 'fraud', cycle, rollout: cycle }, ada);
  const closers: (() => Promise<void>)[] = [];
  let made: { old: Bundle; changed: Bundle };
  let connection: NativeConnection;
  const [infos, warnings, errors]: [string[], string[], string[]] = [[], [], []];
  const calls: string[] = [];

  const script: Record<string, (input: never) => unknown> = {
    ...(rolloutScript() as Record<string, (input: never) => unknown>),
    openRollout: ({ rollout }: { rollout: string }) => ({
      version: 2,
      cycle: rollout,
      reason: 'better by 0.04',
      approval: 'person',
    }),
    askForApproval: () => ({
      decision: null,
      until: '2026-01-14T03:00:00.000Z',
      within: '3 days',
      milliseconds: 3.6e6,
    }),
    decideApproval: ({ decision }: { decision: unknown }) => decision,
    decideNextStep: () => ({ kind: 'idle' }),
  };
  const activities = withFailures({
    default: async (input: never): Promise<unknown> => {
      calls.push(activityInfo().activityType);
      return script[activityInfo().activityType]!(input);
    },
  });

  /** A release: its worker, until it is stopped. */
  async function release(bundle: Bundle, kept = versions()): Promise<() => Promise<void>> {
    const worker = await createControlWorker({
      names,
      bundle,
      versions: kept,
      store,
      folder: join(folder, `of-${bundle.build}`),
      worker: { connection, activities, shutdownForceTime: '1 minute' },
      log: {
        info: (words) => void infos.push(words),
        warn: (words) => void warnings.push(words),
        error: (words) => void errors.push(words),
      },
      lookEveryMs: 50,
    });
    const running = worker.run();
    let stopped: Promise<void> | undefined;
    const stop = () => (stopped ??= (worker.shutdown(), running));
    closers.push(stop);
    return stop;
  }
  const doctor = async () => {
    const config = { temporal: server().settings, objectStoreUrl } as Config;
    const [finding] = await examine(
      temporalChecks(config).filter(({ name }) => name === 'workflow versions'),
      86_400_000,
    );
    return finding!;
  };
  const rollOut = (rollout: string) =>
    server().client.workflow.start('rollout', {
      workflowId: names.rollout('fraud', rollout),
      taskQueue: names.queues.control,
      args: [{ pipeline: 'fraud', rollout, reopened: 0 }],
    });
  const asked = (times: number) =>
    eventually(async () => calls.filter((name) => name === 'askForApproval').length >= times);
  const reasonOf = async (run: { result(): Promise<unknown> }) => ((await run.result()) as { reason: string }).reason;
  const versionOf = async (workflowId: string) => {
    const { raw } = await server().client.workflow.getHandle(workflowId).describe();
    return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId;
  };

  before(async () => {
    made = await bundles(folder);
    connection = await NativeConnection.connect({ address: server().settings.address });
    const others = await Promise.all(
      [names.queues.data, names.queues.training].map((taskQueue) =>
        Worker.create({ connection, taskQueue, activities }),
      ),
    );
    const running = others.map((worker) => worker.run());
    closers.push(async () => {
      for (const worker of others) worker.shutdown();
      await Promise.all(running);
    });
  });
  after(async () => {
    for (const close of closers.reverse()) await close();
    await connection?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('strands no run and runs no code changed in the bucket: a waiting run continues on the code it began with', async () => {
    // A release whose code somebody changed in the bucket has a run too, and keeps no other from going on.
    const endOfSpoilt = await release({ build: 'a-spoilt-one', codePath: made.old.codePath });
    const lost = await rollOut('fraud-2026-01-04T03:00Z-b0b0b0');
    await asked(1);
    const spoilt = await eventually(() => versions().hashOf('a-spoilt-one'));
    await endOfSpoilt();
    cpSync(made.changed.codePath, join(folder, 'objects', bundleKey(sdkVersion, 'a-spoilt-one', spoilt)));

    // And so has one that wrote no hash of its code down.
    const endOfFormer = await release(
      { build: 'a-former-one', codePath: made.old.codePath },
      { ...versions(), keepHash: async () => undefined },
    );
    const former = await rollOut(FORMER);
    await asked(2);
    await endOfFormer();
    await store.putFile(bundleKey(sdkVersion, 'a-former-one', null), made.old.codePath);

    const endOfOld = await release(made.old);
    const waiting = await rollOut(WAITING);
    await server().client.workflow.start('retraining', {
      workflowId: names.retraining('fraud'),
      taskQueue: names.queues.control,
      args: ['fraud'],
    });
    await asked(3);
    await eventually(async () => calls.includes('decideNextStep'));
    await endOfOld();

    await release(made.changed);
    await eventually(async () => (await versionOf(names.retraining('fraud'))) === 'changed');
    assert.equal(await versionOf(waiting.workflowId), 'old');
    await createRuns(server().client, server().settings).requireWorker();
    await decide(WAITING);
    assert.equal(await reasonOf(waiting), 'approved by ada: the card is read (gate: better by 0.04)');

    assert.match((await doctor()).found, /^The code of a-former-one runs unchecked/m);
    await decide(FORMER);
    assert.equal(await reasonOf(former), 'approved by ada: the card is read (gate: better by 0.04)');
    assert.match(
      infos.join('\n'),
      /^1 run started on workflow version a-former-one and continues here \(its code is not verified/m,
    );

    const next = await rollOut(NEXT);
    await asked(4);
    const problems = await eventually(async () => {
      const replayed = await replayOpenRuns(server().settings, machineIn().bundlesFolder);
      const found = new Map(replayed.map(({ workflowId, problem }) => [workflowId, problem]));
      return found.has(next.workflowId) && found; // the list of runs comes a moment late
    });
    assert.equal(problems.get(names.retraining('fraud')), null);
    assert.match(problems.get(next.workflowId)!, /askForApproval|openRollout/);
    await decide(NEXT);
    assert.match(await reasonOf(next), /^by the new code: approved by ada/);

    const [old] = await eventually(async () => {
      const listed = await versions().list();
      return (
        listed.some(({ build, open, state }) => build === 'old' && open === 0 && state === 'draining') &&
        listed.filter(({ build }) => build === 'old')
      );
    });
    assert.equal(old!.state, 'draining');
    assert.deepEqual(warnings, []);
    const refused =
      /Object bundles\/\S+, the code of version a-spoilt-one of the workflows, is not what its release stored/;
    assert.ok(errors.length > 0, 'the spoilt one is told');
    for (const words of errors) assert.match(words, refused);
    assert.equal((await lost.describe()).status.name, 'RUNNING');
    const found = await doctor();
    assert.equal(found.state, 'failed');
    assert.match(found.found, refused);
    await lost.terminate();
  });

  it('is not undone by a worker of the older release that starts again, but by deploying that release', async () => {
    const current = async () => (await versions().list()).find(({ state }) => state === 'current')?.build;
    const stop = await release(made.old);
    assert.equal(await current(), 'changed');
    assert.match(warnings.join('\n'), /New runs use version changed of the workflows/);

    await versions().deploy('old');
    assert.equal(await current(), 'old');
    await eventually(async () => (await versionOf(names.retraining('fraud'))) === 'old');
    await versions().deploy('never seen');
    assert.equal(await current(), 'old');
    await stop();
    await versions().deploy('changed');
  });

  it('is preceded by a warning that the code of current runs was changed in the bucket', async () => {
    assert.doesNotMatch((await doctor()).found, /version changed of the workflows, is not what/);
    cpSync(
      made.old.codePath,
      join(folder, 'objects', bundleKey(sdkVersion, 'changed', await versions().hashOf('changed'))),
    );
    const { state, found } = await doctor();
    assert.equal(state, 'failed');
    assert.match(found, /the code of version changed of the workflows, is not what its release stored/);
  });
});
