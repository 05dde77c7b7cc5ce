import { messageOf, UserError } from '../../core/base/errors/errors.ts';
import type { RecipeFile } from '../../core/recipes/own-file.ts';
import type { OwnPlan } from '../../core/recipes/recipe.ts';
import { compileRecipe } from './compile-recipe.ts';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A recipe's file as it was read: what runs is what was hashed, however the file changes meanwhile. */
interface Source {
  path: string;
  bytes: Buffer;
  sha256: string;
}

/** The file with the hash that the declaration was applied with, from one of the folders. Throws RECIPE_MISSING. */
export async function findRecipe(
  { file, sha256 }: Pick<OwnPlan, 'file' | 'sha256'>,
  roots: readonly string[],
): Promise<Source> {
  const found: string[] = [];
  for (const root of roots) {
    const path = resolve(root, file);
    // Declarations are checked, but this also holds for what was written past that.
    const isBelow = path.startsWith(join(resolve(root), sep));
    const source = isBelow ? await readSource(path) : null;
    if (source?.sha256 === sha256) return source;
    found.push(
      isBelow
        ? `${path} ${source ? `has ${source.sha256}` : 'is not there'}`
        : `${path} is outside of the folder ${root}`,
    );
  }
  throw new UserError(
    'RECIPE_MISSING',
    `This worker does not have the recipe ${file} with the SHA-256 ${sha256}, with which it was applied: ` +
      `${found.join('; ') || 'PERENNIAL_RECIPES names no folder'}. Deploy the training workers with this file, below a ` +
      'folder of PERENNIAL_RECIPES, or apply the declaration again with the file that they have.',
  );
}

/** The file as it is now; null: there is none. */
export async function readSource(path: string): Promise<Source | null> {
  try {
    const bytes = await readFile(path);
    return { path, bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

/** Runs the file. Throws RECIPE_INVALID. */
export async function loadRecipe({ path, bytes }: Source, within = tmpdir()): Promise<RecipeFile> {
  const code = await compileRecipe(path, bytes);
  const folder = await mkdtemp(join(within, 'perennial-recipe-'));
  try {
    const file = join(folder, `${basename(path)}.mjs`);
    await writeFile(file, code);
    const module = (await import(pathToFileURL(file).href)) as { default?: unknown };
    return checked(path, module.default);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError('RECIPE_INVALID', `${path} cannot be loaded: ${messageOf(error)}`, { cause: error });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function checked(path: string, recipe: unknown): RecipeFile {
  const { layers, loss } = (typeof recipe === 'object' && recipe !== null ? recipe : {}) as Partial<RecipeFile>;
  if (typeof layers === 'function' && (loss === undefined || typeof loss === 'function')) return recipe as RecipeFile;
  throw new UserError(
    'RECIPE_INVALID',
    `${path} is not a recipe: its default export must have a function "layers", and may have a function "loss". Write: ` +
      'export default defineRecipe({ layers: (tf, { outputs }) => [tf.layers.dense({ units: outputs })] })',
  );
}
