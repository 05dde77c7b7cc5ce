import { UserError } from '../../core/base/errors/errors.ts';
import type { BuildFailure, Plugin } from 'esbuild';

/**
 * A recipe as JavaScript. It is one file, so that its hash says all that it does: it may import `defineRecipe` and types.
 * Throws RECIPE_INVALID.
 */
export async function compileRecipe(path: string, bytes: Uint8Array): Promise<string> {
  const esbuild = await import('esbuild');
  try {
    const { outputFiles } = await esbuild.build({
      stdin: { contents: bytes, sourcefile: path, loader: path.endsWith('ts') ? 'ts' : 'js' },
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      tsconfigRaw: {},
      sourcemap: 'inline',
      logLevel: 'silent',
      plugins: [onlyPerennial],
    });
    return outputFiles[0]!.text;
  } catch (error) {
    const [first] = (error as Partial<BuildFailure>).errors ?? [];
    if (!first) throw error;
    const place = first.location ? `${path}:${first.location.line}` : path;
    throw new UserError('RECIPE_INVALID', `${place} is not read as a recipe: ${first.text}`, { cause: error });
  } finally {
    await esbuild.stop(); // its own process would stay as long as this one
  }
}

const onlyPerennial: Plugin = {
  name: 'only-perennial',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^perennial$/ }, () => ({ path: 'perennial', namespace: 'perennial' }));
    onResolve({ filter: /./ }, ({ path }) => ({
      errors: [
        {
          text:
            `it imports "${path}". A recipe is one file, whose hash says all that it does: it imports only "perennial", ` +
            'and types. TF.js is given to its functions; put what it shares with others into the file.',
        },
      ],
    }));
    onLoad({ filter: /./, namespace: 'perennial' }, () => ({
      contents: 'export const defineRecipe = (recipe) => recipe;',
    }));
  },
};
