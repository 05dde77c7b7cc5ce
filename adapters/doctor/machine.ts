import { failed, ok, warning, type Check } from '../../core/doctor.ts';
import { messageOf } from '../../core/errors.ts';
import { existsSync } from 'node:fs';
import { access, constants, stat, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

const OLDEST_NODE = [20, 6] as const; // package.json's engines
/** Below this a training or an extraction may fill the disk before it ends. */
const LITTLE = 2 * 2 ** 30;
const TOO_LITTLE = 200 * 2 ** 20;

export const nodeCheck = (version = process.versions.node): Check => ({
  name: 'Node.js',
  async look() {
    const [major = 0, minor = 0] = version.split('.').map(Number);
    const [oldest, from] = OLDEST_NODE;
    if (major > oldest || (major === oldest && minor >= from)) return ok(version);
    return failed(`${version} is too old.`, `Install Node.js ${OLDEST_NODE.join('.')} or newer.`);
  },
});

/** Where caches and the prediction spool are on this machine; it is made by whoever uses it first. */
export const dataFolderCheck = (folder: string): Check => ({
  name: 'data folder',
  async look() {
    const there = nearest(resolve(folder));
    try {
      await access(there, constants.W_OK);
      if (!(await stat(there)).isDirectory()) throw new Error(`${there} is not a folder`);
    } catch (error) {
      return failed(
        `${folder} cannot be used: ${messageOf(error)}.`,
        'Give this user the folder, or set PERENNIAL_DATA.',
      );
    }
    const { bavail, bsize } = await statfs(there);
    const free = bavail * bsize;
    const found = `${(free / 2 ** 30).toFixed(1)} GB are free in ${folder}.`;
    if (free < TOO_LITTLE) return failed(found, 'Free some space, or set PERENNIAL_DATA to a larger disk.');
    if (free < LITTLE)
      return warning(found, 'Free some space: caches, training sets and the prediction spool live there.');
    return ok(found);
  },
});

/** The path itself, or the folder above it that is there. */
const nearest = (path: string): string => (existsSync(path) || dirname(path) === path ? path : nearest(dirname(path)));
