import { messageOf, UserError } from '../core/errors.ts';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Imports declarations: of files, and of the `.ts` files that lie directly in a folder. */
export async function readDeclarations(paths: string[]): Promise<{ input: unknown; file: string }[]> {
  const files: string[] = [];
  for (const path of paths) {
    const found = await stat(path).catch(() => null);
    if (!found)
      throw new UserError(
        'PIPELINE_INVALID',
        `There is no ${path}. Name a pipeline's file, or its folder with --pipelines.`,
      );
    if (!found.isDirectory()) files.push(path);
    else
      files.push(
        ...(await readdir(path))
          .filter((name) => /\.[mc]?[tj]s$/.test(name))
          .sort()
          .map((name) => join(path, name)),
      );
  }
  if (files.length === 0)
    throw new UserError(
      'PIPELINE_INVALID',
      `No declaration lies in ${paths.join(', ')}. One is a .ts file whose default export is definePipeline({ ... }).`,
    );
  const declared: { input: unknown; file: string }[] = [];
  for (const file of files) declared.push({ input: await importDefault(file), file });
  return declared;
}

async function importDefault(file: string): Promise<unknown> {
  let module: { default?: unknown };
  try {
    module = (await import(pathToFileURL(resolve(file)).href)) as { default?: unknown };
  } catch (error) {
    throw new UserError('PIPELINE_INVALID', `${file} cannot be read as a module: ${messageOf(error)}`, {
      cause: error,
    });
  }
  if (module.default !== undefined) return module.default;
  throw new UserError(
    'PIPELINE_INVALID',
    `${file} has no default export. End it with: export default definePipeline({ ... })`,
  );
}
