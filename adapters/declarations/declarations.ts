import { messageOf, UserError } from '../../core/base/errors/errors.ts';
import { fileWithin } from '../sources/data-roots.ts';
import { isRecipe, withRecipes } from './own-recipes.ts';
import { resolveDeclaredModules } from './declared-modules.ts';
import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * Imports declarations from files, and from the modules directly in a folder, wherever it is. It makes the paths of
 * their CSV files absolute, and refuses a file outside the data roots. Recipes of their own get the SHA-256 of their files.
 */
export async function readDeclarations(
  paths: string[],
  dataRoots: readonly string[],
): Promise<{ input: unknown; file: string }[]> {
  const files: string[] = [];
  const ofFolders = new Set<string>();
  for (const path of paths) {
    const found = await stat(path).catch(() => null);
    if (!found)
      throw new UserError(
        'PIPELINE_INVALID',
        `${resolve(path)} does not exist. Name a pipeline's file, or its folder with --pipelines.`,
      );
    if (!found.isDirectory()) files.push(path);
    else
      for (const name of (await readdir(path)).sort()) {
        if (!/\.m?[tj]s$/.test(name) || /\.d\.m?ts$/.test(name)) continue;
        files.push(join(path, name));
        ofFolders.add(join(path, name));
      }
  }
  const declared: { input: unknown; file: string }[] = [];
  for (const file of files) {
    const exported = await importDefault(file);
    if (isRecipe(exported)) {
      if (ofFolders.has(file)) continue;
      throw new UserError(
        'PIPELINE_INVALID',
        `${file} is a recipe, not a declaration. Apply the declaration that names it: own('${basename(file)}').`,
      );
    }
    const input = withPlaces(exported, file);
    for (const named of filesOf(input)) await fileWithin(dataRoots, named);
    declared.push({ input: await withRecipes(input, file), file });
  }
  if (declared.length === 0)
    throw new UserError(
      'PIPELINE_INVALID',
      `There is no declaration in ${paths.map((path) => resolve(path)).join(', ')}. A declaration is a .ts, .js or .mjs ` +
        'file directly in the folder, whose default export is definePipeline({ ... }).',
    );
  return declared;
}

async function importDefault(file: string): Promise<unknown> {
  let module: { default?: unknown };
  await resolveDeclaredModules();
  try {
    module = (await import(pathToFileURL(resolve(file)).href)) as { default?: unknown };
  } catch (error) {
    const said = messageOf(error).replace(/^Transform failed with \d+ errors?:\n/, '');
    const place = error instanceof Error ? placeOf(error, file) || (await placeOfMistake(error, file)) : '';
    throw new UserError('PIPELINE_INVALID', `${file} cannot be read as a module: ${said}${place}`, { cause: error });
  }
  if (module.default !== undefined) return module.default;
  throw new UserError(
    'PIPELINE_INVALID',
    `${file} has no default export. End it with: export default definePipeline({ ... })`,
  );
}

/** The place of the error in the declaration's folder, unless the message has it. */
function placeOf({ message, stack = '' }: Error, file: string): string {
  const folder = `${dirname(resolve(file))}/`;
  for (const [, path, line] of stack.matchAll(/((?:file:\/\/)?\/[^()\n]*?):(\d+)(?::\d+)?\)?$/gm)) {
    const name = path!.startsWith('file:') ? fileURLToPath(path!) : path!;
    if (name.startsWith(folder)) return message.includes(`${name}:${line}`) ? '' : ` (${name}:${line})`;
  }
  return '';
}

/** Node prints the line of a syntax error in JavaScript only to the terminal. */
async function placeOfMistake(error: Error, file: string): Promise<string> {
  if (!(error instanceof SyntaxError) || file.endsWith('ts')) return '';
  const check = execFile(process.execPath, ['--input-type=module', '--check', '-']);
  createReadStream(file).pipe(check.stdin!);
  const line = /^\[stdin\]:(\d+)/.exec(await text(check.stderr!))?.[1];
  return line === undefined ? '' : ` (${resolve(file)}:${line})`;
}

/** The declaration with absolute paths; other problems are found later. */
function withPlaces(input: unknown, file: string): unknown {
  if (!isObject(input)) return input;
  const { source, label } = input;
  return {
    ...input,
    ...(isObject(source) && { source: withFile(source, file) }),
    ...(isObject(label) && isObject(label['facts']) && { label: { ...label, facts: withFile(label['facts'], file) } }),
  };
}

const withFile = (place: Record<string, unknown>, declaration: string): Record<string, unknown> =>
  place['kind'] === 'csv' && typeof place['file'] === 'string'
    ? { ...place, file: resolve(dirname(declaration), place['file']) }
    : place;

/** The files that a declaration reads. */
function filesOf(input: unknown): string[] {
  if (!isObject(input)) return [];
  const places = [input['source'], isObject(input['label']) ? input['label']['facts'] : undefined];
  return places.flatMap((place) =>
    isObject(place) && place['kind'] === 'csv' && typeof place['file'] === 'string' ? [place['file']] : [],
  );
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
