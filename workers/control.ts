import { messageOf, UserError } from '../core/base/errors/errors.ts';
import { type ObjectStore } from '../core/data/objects/objects.ts';
import { type WorkflowVersion, type WorkflowVersions } from '../core/runs/versions.ts';
import { type Names } from '../core/base/names.ts';
import { patiently } from '../adapters/machine/patience.ts';
import { type Bundle } from '../adapters/temporal/bundles/bundle.ts';
import { createStoredBundles } from '../adapters/temporal/bundles/stored-bundles.ts';
import { isHopeless } from '../adapters/temporal/connection/ready.ts';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 60_000;

interface Hosted {
  worker: Worker;
  ended: Promise<void>;
}

export interface ControlOptions {
  names: Names;
  bundle: Bundle;
  versions: WorkflowVersions;
  /** Stores every version's bundle for later workers. */
  store: Pick<ObjectStore, 'has' | 'putFile' | 'getFile'>;
  /** The folder for bundles of older versions. */
  folder: string;
  /** Options of every worker. */
  worker: Omit<WorkerOptions, 'taskQueue' | 'workflowBundle' | 'workerDeploymentOptions'>;
  log: { info(words: string): void; warn(words: string): void; error(words: string): void };
  /** How often it looks for versions with runs but no worker. */
  lookEveryMs?: number;
}

/**
 * The workers of the control queue: one for this release's workflows, and one more for each older version that still
 * has runs, from its bundle in the object store. A run keeps the code that it began with to its end, however long it
 * waits; its steps are always this release's.
 */
export async function createControlWorker(
  options: ControlOptions,
): Promise<Pick<Worker, 'run' | 'shutdown' | 'getState'>> {
  const { names, bundle, versions, store, folder, log, lookEveryMs = LOOK_EVERY_MS } = options;
  const workerOf = ({ build, codePath }: Bundle): Promise<Worker> =>
    Worker.create({
      ...options.worker,
      taskQueue: names.queues.control,
      workflowBundle: { codePath },
      workerDeploymentOptions: {
        version: { deploymentName: names.deployment, buildId: build },
        useWorkerVersioning: true,
        defaultVersioningBehavior: 'PINNED',
      },
    });

  const main = await workerOf(bundle);
  const current = await patiently({
    what: "Temporal's versions of workflows",
    ask: () => versions.join(bundle.build),
    hopeless: isHopeless,
    tell: (words) => log.warn(words),
  });
  if (current !== bundle.build)
    log.warn(
      `New runs use version ${current} of the workflows, not this worker's ${bundle.build}, which is older: ` +
        'to go back to this release, run its "migrate"',
    );
  const bundles = createStoredBundles(store, versions);
  const older = new Map<string, Hosted>();
  const toldOf = new Set<string>();
  let kept = false;
  const ending = new AbortController();

  const tell = (error: unknown): void => log.warn(messageOf(error));

  /** If it cannot store this release's code, it still runs that of others, and retries at the next look. */
  async function keepBundle(): Promise<void> {
    if (kept) return;
    await bundles.keep(bundle).then(
      () => (kept = true),
      (error: unknown) => log.warn(`Could not store this release's bundle yet; will retry: ${messageOf(error)}`),
    );
  }

  async function host({ build, open }: WorkflowVersion): Promise<void> {
    const codePath = join(folder, `${build}.js`);
    await mkdir(folder, { recursive: true });
    let checked = true;
    try {
      ({ checked } = await bundles.fetch(build, codePath));
    } catch (error) {
      if (!(error instanceof UserError && error.code === 'OBJECT_MISSING')) throw error;
      if (toldOf.has(build)) return;
      toldOf.add(build);
      return log.warn(
        `${runsInWords(open)} on workflow version ${build}, which this release cannot run: keep a worker of ` +
          'that release until they have ended',
      );
    }
    const worker = await workerOf({ build, codePath });
    const ended = worker.run().catch((error: unknown) => {
      older.delete(build); // and restarts at the next look
      log.warn(`The worker for version ${build} of the workflows ended: ${messageOf(error)}`);
    });
    older.set(build, { worker, ended });
    if (ending.signal.aborted) return endHosting(build);
    const unverified = checked ? '' : ' (its code is not verified: that release recorded no hash)';
    log.info(
      `${runsInWords(open)} on workflow version ${build} and ${open === 1 ? 'continues' : 'continue'} here${unverified}`,
    );
  }

  async function endHosting(build: string): Promise<void> {
    const hosted = older.get(build);
    if (!hosted) return;
    older.delete(build);
    hosted.worker.shutdown();
    await hosted.ended;
    await rm(join(folder, `${build}.js`), { force: true });
  }

  async function look(): Promise<void> {
    await keepBundle();
    const found = await versions.list();
    const current = found.find(({ state }) => state === 'current')?.build;
    const needed = found.filter(({ build, open }) => open > 0 && build !== current && build !== bundle.build);
    for (const version of needed) {
      if (older.has(version.build)) continue;
      // A problem with one must not stop the others.
      await host(version).catch((error: unknown) => {
        const words = `Version ${version.build} of the workflows cannot be run here: ${messageOf(error)}`;
        log[isCorrupt(error) ? 'error' : 'warn'](words);
      });
    }
    for (const build of older.keys()) if (!needed.some((version) => version.build === build)) await endHosting(build);
    if (current === bundle.build) await versions.wakeLoops(current);
  }

  return {
    getState: () => main.getState(),
    shutdown: () => main.shutdown(),
    async run() {
      void repeat(look, lookEveryMs, ending.signal, tell);
      try {
        await main.run();
      } finally {
        ending.abort(); // a look in progress can wait for Temporal; do not wait for it
        await Promise.all([...older.keys()].map(endHosting));
      }
    },
  };
}

const isCorrupt = (error: unknown): boolean => error instanceof UserError && error.code === 'OBJECT_CORRUPT';

const runsInWords = (count: number): string => `${count} ${count === 1 ? 'run' : 'runs'} started`;

/** Repeats the work until it is asked to end; reports a failure and retries at the next turn. */
async function repeat(
  work: () => Promise<void>,
  everyMs: number,
  signal: AbortSignal,
  failed: (error: unknown) => void,
): Promise<void> {
  while (!signal.aborted) {
    await work().catch(failed);
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
