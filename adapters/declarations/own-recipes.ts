import { UserError } from '../../core/base/errors/errors.ts';
import { loadRecipe, readSource } from '../recipes/recipe-files.ts';
import { dirname, resolve } from 'node:path';

interface Own {
  kind: 'own';
  file: string;
}

/** The declaration with the SHA-256 of each recipe of its own, whose file is tried; other problems are found later. */
export async function withRecipes(input: unknown, declaration: string): Promise<unknown> {
  const candidates: unknown = (input as { candidates?: unknown } | null)?.candidates;
  if (!Array.isArray(candidates) || !candidates.some(isOwn)) return input;
  const read: unknown[] = [];
  for (const candidate of candidates as unknown[])
    read.push(isOwn(candidate) ? { ...candidate, sha256: await hashOf(candidate, declaration) } : candidate);
  return { ...(input as object), candidates: read };
}

async function hashOf({ file }: Own, declaration: string): Promise<string> {
  const path = resolve(dirname(declaration), file);
  const source = await readSource(path);
  if (!source)
    throw new UserError(
      'PIPELINE_INVALID',
      `${declaration} names the recipe ${file}, but there is no file ${path}. Put it there, or correct its name.`,
    );
  await loadRecipe(source);
  return source.sha256;
}

const isOwn = (candidate: unknown): candidate is Own =>
  typeof candidate === 'object' &&
  candidate !== null &&
  'kind' in candidate &&
  candidate.kind === 'own' &&
  'file' in candidate &&
  typeof candidate.file === 'string';

/** Whether a module's default export is a recipe, which may lie beside the declarations that name it. */
export const isRecipe = (exported: unknown): boolean =>
  typeof exported === 'object' && exported !== null && 'layers' in exported && typeof exported.layers === 'function';
