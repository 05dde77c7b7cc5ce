import { backendHere } from '../training/backend-here.ts';
import type { Circumstances } from '../training/tensors.ts';
import { coresHere } from '../machine/cores.ts';
import { trainingsHere } from '../machine/trainings.ts';
import { duckMemoryMb, memoryHere } from '../duckdb/memory.ts';
import type { Config } from '../../core/base/settings/config.ts';
import { failed, ok, warning, type Check } from '../../core/runs/doctor.ts';
import { messageOf } from '../../core/base/errors/errors.ts';
import { existsSync } from 'node:fs';
import { access, constants, stat, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

const OLDEST_NODE = [20, 19] as const; // package.json's engines
/** Below this a training or an extraction can fill the disk. */
const LITTLE = 2 * 2 ** 30;
const TOO_LITTLE = 200 * 2 ** 20;
/** A worker's own process takes about this, in MB. */
const LITTLE_FOR_NODE = 300;

export const nodeCheck = (version = process.versions.node): Check => ({
  name: 'Node.js',
  async look() {
    const [major = 0, minor = 0] = version.split('.').map(Number);
    const [oldest, from] = OLDEST_NODE;
    if (major > oldest || (major === oldest && minor >= from)) return ok(version);
    return failed(`${version} is too old.`, `Install Node.js ${OLDEST_NODE.join('.')} or newer.`);
  },
});

/** The folder for caches and the prediction spool on this machine; its first user creates it. */
export const dataFolderCheck = (folder: string, orElse = 'set PERENNIAL_DATA'): Check => ({
  name: 'data folder',
  async look() {
    const there = nearest(resolve(folder));
    try {
      await access(there, constants.W_OK);
      if (!(await stat(there)).isDirectory()) throw new Error(`${there} is not a folder`);
    } catch (error) {
      return failed(`${folder} cannot be used: ${messageOf(error)}.`, `Give this user the folder, or ${orElse}.`);
    }
    const { bavail, bsize } = await statfs(there);
    const free = bavail * bsize;
    const found = `${(free / 2 ** 30).toFixed(1)} GB are free in ${folder}.`;
    if (free < TOO_LITTLE) return failed(found, `Free some space, or ${orElse} on a larger disk.`);
    if (free < LITTLE)
      return warning(found, 'Free some space: caches, training sets and the prediction spool live there.');
    return ok(found);
  },
});

/** The memory that DuckDB and trainings would take if a worker started on this machine or container. */
export const memoryCheck = (
  config: Pick<Config, 'duckMemoryMb' | 'trainingMemoryMb' | 'trainings'>,
  here = memoryHere(),
  cores = coresHere(),
): Check => ({
  name: 'memory',
  async look() {
    const { duckMemoryMb: setting, trainingMemoryMb: each } = config;
    const trainings = trainingsHere(config, cores, here);
    const trainingMb = trainings * each;
    const alone = duckMemoryMb({ workerMb: here.mb, setting });
    const training = duckMemoryMb({ workerMb: here.mb, trainingMb, setting });
    const left = here.mb - trainingMb - training;
    const takes =
      setting === undefined
        ? `${alone} MB in a worker (${training} MB in one that trains)`
        : `${setting} MB in a worker (PERENNIAL_DUCKDB_MEMORY_MB)`;
    const found = `DuckDB takes up to ${takes}, and ${trainings === 1 ? `a training up to ${each} MB` : `${trainings} trainings up to ${each} MB each`}. This ${here.of} has ${here.mb} MB.`;
    if (left >= LITTLE_FOR_NODE) return ok(found);
    return warning(
      `${found} A worker that trains would leave Node.js ${left > 0 ? `only ${left}` : 'no'} MB.`,
      `Give such a worker more memory, or lower PERENNIAL_TRAINING_MEMORY_MB${trainings > 1 ? ', PERENNIAL_TRAININGS' : ''}${setting === undefined ? '' : ' or PERENNIAL_DUCKDB_MEMORY_MB'}.`,
    );
  },
});

/** The TF.js backend of trainings that use it: a recipe's own, large networks, and what asks for it. */
export const backendCheck = (circumstances: Circumstances, environment: NodeJS.ProcessEnv): Check => ({
  name: 'TF.js',
  async look(signal) {
    const { backend, version, whyNotNative } = await backendHere(circumstances, environment, signal);
    const instead = whyNotNative === null ? '' : ` (not native: ${whyNotNative})`;
    return ok(`Trainings that use TF.js find ${version} here, ${backend} backend${instead}.`);
  },
});

/** The path itself, or the closest folder above it that exists. */
const nearest = (path: string): string => (existsSync(path) || dirname(path) === path ? path : nearest(dirname(path)));
