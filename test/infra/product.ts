import { platform } from '../support/platform.ts';
import { repository } from '../support/processes/programs.ts';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

// What local/ reads is for one machine, and no part of a deployment.
const folders = [...platform.filter((folder) => folder !== 'local'), 'pipelines'];

/** The names of all variables that the product reads: settings, secrets that examples name, and others. */
export async function variablesOfTheProduct(): Promise<Set<string>> {
  const names = new Set<string>();
  const collect = (text: string, pattern: RegExp): void => {
    for (const [, name] of text.matchAll(pattern)) names.add(name!);
  };
  collect(
    await readFile(join(repository, 'core/base/settings/config-schema.ts'), 'utf8'),
    /^ {4}([A-Z][A-Z0-9_]+): z?/gm,
  );
  collect(await readFile(join(repository, 'core/access/oidc.ts'), 'utf8'), /^ {2}([A-Z][A-Z0-9_]+): z?/gm);
  const envconfig = createRequire(import.meta.url).resolve('@temporalio/envconfig');
  collect(await readFile(join(envconfig, '../envconfig-toml.js'), 'utf8'), /\['(TEMPORAL_[A-Z_]+)'\]/g);
  for (const folder of folders)
    for (const file of (await readdir(join(repository, folder), { recursive: true })).filter((name) =>
      name.endsWith('.ts'),
    )) {
      const text = await readFile(join(repository, folder, file), 'utf8');
      collect(text, /\b(?:env|environment|given)\??\.?\['([A-Z][A-Z0-9_]+)'\]/g);
      collect(text, /\benv\('([A-Z][A-Z0-9_]+)'\)/g);
    }
  return names;
}

/** What Node and the libraries under us read. */
export const variablesOfOthers = new Set(['NODE_ENV', 'UV_THREADPOOL_SIZE', 'XDG_CACHE_HOME']);
