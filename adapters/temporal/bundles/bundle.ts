import { bundleWorkflowCode, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
/** The only library in the bundle besides the SDK. */
const hashes = fileURLToPath(import.meta.resolve('@noble/hashes/sha2.js'));
/** A bundle runs only on the SDK that it was made with, and the same sources in another folder make another file. */
export const { version: sdkVersion } = createRequire(import.meta.url)('@temporalio/worker/package.json') as {
  version: string;
};

export interface Bundle {
  /** Its name, the same wherever its sources and the SDK are. */
  build: string;
  codePath: string;
}

/**
 * The workflows as one file of code. Bundling takes seconds and a quarter of a gigabyte, so it happens once for the
 * same sources and SDK, and the result stays in a folder.
 */
export async function workflowBundle(folder: string): Promise<Bundle> {
  const build = await buildOfSources();
  const codePath = join(folder, `${build}.js`);
  if (existsSync(codePath)) return { build, codePath };
  const { code }: WorkflowBundleWithSourceMap = await bundleWorkflowCode({
    workflowsPath: join(root, 'workflows/index.ts'),
    workflowInterceptorModules: [join(root, 'workflows/run/traces.ts')],
    logger: quiet,
  });
  await mkdir(folder, { recursive: true });
  const draft = `${codePath}.${process.pid}`;
  await writeFile(draft, code);
  await rename(draft, codePath);
  return { build, codePath };
}

export async function buildOfSources(): Promise<string> {
  const hash = createHash('sha256')
    .update(sdkVersion)
    .update(await readFile(hashes));
  for (const folder of ['core', 'workflows'])
    for (const name of (await readdir(join(root, folder), { recursive: true }))
      .filter((each) => each.endsWith('.ts'))
      .sort())
      hash.update(name).update(await readFile(join(root, folder, name)));
  return hash.digest('hex').slice(0, 32);
}

const quiet = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };
