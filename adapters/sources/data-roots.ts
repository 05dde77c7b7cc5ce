import { UserError } from '../../core/base/errors/errors.ts';
import { errorCode } from '../objects/hash-file.ts';
import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';

/**
 * The real path of a file in one of the data roots. Throws SOURCE_FILE_REFUSED for any other: a declaration must not
 * reach other files that the process can read, like its environment or keys. It does not even reveal whether they
 * exist.
 */
export async function fileWithin(roots: readonly string[], file: string): Promise<string> {
  const asked = resolve(file);
  const folders = await Promise.all(roots.map(async (root) => [resolve(root), (await real(root)) ?? resolve(root)]));
  if (!folders.flat().some((folder) => isBelow(folder, asked)))
    throw refused(asked, 'is not in any of the data roots', roots);
  const found = await real(asked);
  if (found === null) return asked; // opening it reports that it is missing
  if (!folders.some(([, folder]) => isBelow(folder!, found)))
    throw refused(asked, 'leads out of the data roots', roots);
  const stats = await stat(found);
  if (stats.isFile()) return found;
  throw refused(asked, `is a ${stats.isDirectory() ? 'folder' : 'device, pipe or socket'} and not a file`, roots);
}

/** Hidden files and folders hold settings and state (.env, .git, the home of `npm start`), never data. */
function isBelow(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && !isAbsolute(way) && !way.split(sep).some((name) => name.startsWith('.'));
}

async function real(path: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP'].includes(errorCode(error) ?? '')) return null;
    throw error;
  }
}

const refused = (file: string, why: string, roots: readonly string[]): UserError =>
  new UserError(
    'SOURCE_FILE_REFUSED',
    `${file} ${why}, so it is not read. The data roots are: ${roots.map((root) => resolve(root)).join(', ') || '(none)'}. ` +
      'Move the file and its declaration into one of these folders, start with "npm start -- --pipelines FOLDER", or add the file\'s folder to ' +
      'PERENNIAL_DATA_ROOTS where commands and the data worker run.',
  );
