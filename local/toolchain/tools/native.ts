/**
 * Builds TF.js's native package into the user's cache, where adapters/training/native-tensorflow.ts looks for it, on Linux with a
 * 64-bit Intel or AMD processor: the packages of a lock file, the TensorFlow library out of the Python wheel of a known
 * hash, and a compiler. The package's own install script is not run: it downloads a library and checks nothing. `npm
 * start` runs this in the background (local/native.ts), the tests before they begin, and a person with `npm run native`.
 */
import { backendHere, type BackendHere } from '../../../adapters/training/backend-here.ts';
import { messageOf } from '../../../core/base/errors/errors.ts';
import { startLeashed } from '../../stack/leash.ts';
import { environment, machineIn } from '../../../wiring/settings.ts';
import { alone } from '../alone.ts';
import { installLocked } from './npm.ts';
import { tensorflow } from '../pins.ts';
import { finished, makeInCache, output } from '../tool.ts';
import { fetchWheel, pipIsHere } from '../wheel.ts';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { chmod, mkdir, readdir, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface NativeOptions {
  report?: (line: string) => void;
  env?: NodeJS.ProcessEnv;
}

const LOCKED = fileURLToPath(new URL('../native/', import.meta.url));
/** What is downloaded, and from where. */
export const NATIVE_IN_WORDS = '285 MB from the npm registry and the Python package index';

/** What keeps this machine from building it; null when nothing is known to. */
export async function lackingForNative(env: NodeJS.ProcessEnv = environment): Promise<string | null> {
  const { platform, arch } = process;
  if (platform !== 'linux' || arch !== 'x64')
    return `it is built on Linux with x64 only, and this is ${platform} ${arch}`;
  if (!existsSync('/lib64/ld-linux-x86-64.so.2')) return 'its library needs the GNU C library';
  if (!/\bavx\b/.test(readFileSync('/proc/cpuinfo', 'utf8'))) return 'its library needs a processor with AVX';
  try {
    await pipIsHere(env);
    for (const command of ['c++', 'npm', 'flock']) await output(command, ['--version'], env);
    return null;
  } catch (error) {
    return `building it takes python3 with pip, and a C++ compiler: ${messageOf(error)}`;
  }
}

/** Builds it unless it is built, and then says where it is. One process at a time; it is in its place whole or not at all. */
export async function makeNative({ report = () => {}, env = environment }: NativeOptions = {}): Promise<string> {
  const folder = machineIn(env).nativeFolder;
  const isThere = async (): Promise<boolean> => existsSync(folder) && (await loaded(folder, env)).whyNotNative === null;
  if (await isThere()) return folder;
  const lacking = await lackingForNative(env);
  if (lacking !== null) throw new Error(lacking);
  await mkdir(dirname(folder), { recursive: true });
  return alone(`${folder}.lock`, async () => {
    if (await isThere()) return folder; // another process has built it meanwhile
    await removeStopped(folder);
    await makeInCache(folder, async (draft) => {
      process.once('exit', () => rmSync(draft, { recursive: true, force: true })); // when this process is stopped
      await build(draft, { report, env, logFile: `${folder}.log` });
      const { whyNotNative } = await loaded(draft, env);
      if (whyNotNative !== null) throw new Error(`it was built, but ${whyNotNative}`);
      await chmod(draft, 0o755); // an image is built by root and run by another
    });
    return folder;
  });
}

const loaded = (folder: string, env: NodeJS.ProcessEnv): Promise<BackendHere> =>
  backendHere({ nativeIn: [folder] }, env);

/** What a killed build left. No other builds now. */
async function removeStopped(folder: string): Promise<void> {
  const parent = dirname(folder);
  for (const name of (await readdir(parent)).filter((each) => each.startsWith(`${basename(folder)}.making-`)))
    await rm(join(parent, name), { recursive: true, force: true });
}

interface Surroundings extends Required<NativeOptions> {
  logFile: string;
}

async function build(folder: string, { report, env, logFile }: Surroundings): Promise<void> {
  report('npm ci, without scripts ...');
  await installLocked(LOCKED, folder, { logFile, env });
  report(`the TensorFlow library ${tensorflow.version}, by pip ...`);
  const wheel = join(folder, 'wheel');
  await mkdir(wheel);
  const forIt = ['--python-version=3.11', '--platform=manylinux2014_x86_64'];
  await fetchWheel({ ...tensorflow, for: forIt }, wheel, logFile, env);
  report('compiling ...');
  const target = join(folder, 'node_modules', '@tensorflow', 'tfjs-node');
  await placeLibrary(join(wheel, 'tensorflow'), join(target, 'deps', 'lib'));
  await compile(target, [join(folder, 'node_modules', 'node-api-headers', 'include'), join(wheel, 'tensorflow', 'include')], { env, logFile }); // prettier-ignore
  await rm(wheel, { recursive: true });
}

async function placeLibrary(unpacked: string, lib: string): Promise<void> {
  await mkdir(lib, { recursive: true });
  for (const [file, linkedAs] of [
    ['libtensorflow_cc.so.2', 'libtensorflow.so'],
    ['libtensorflow_framework.so.2', 'libtensorflow_framework.so'],
  ] as const) {
    await rename(join(unpacked, file), join(lib, file));
    await symlink(file, join(lib, linkedAs)); // relative: the whole folder is renamed when it works
  }
}

/** As its binding.gyp says. It speaks Node's stable interface, so one build serves every release of Node. */
async function compile(
  target: string,
  include: string[],
  { env, logFile }: Omit<Surroundings, 'report'>,
): Promise<void> {
  const out = join(target, 'lib', 'napi-v8');
  await mkdir(out, { recursive: true });
  const how = ['-O2', '-shared', '-fPIC', '-std=c++17', '-DNAPI_VERSION=8', ...include.map((folder) => `-I${folder}`)];
  const sources = ['binding/tfjs_backend.cc', 'binding/tfjs_binding.cc'];
  const libraries = ['-Ldeps/lib', '-ltensorflow', '-ltensorflow_framework', '-Wl,-rpath,$ORIGIN/../../deps/lib'];
  const args = [...how, ...sources, ...libraries, '-o', join(out, 'tfjs_binding.node')];
  await finished(await startLeashed({ name: 'c++', command: 'c++', args, cwd: target, env, logFile, graceMs: 2_000 }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  await makeNative({ report: say }).then(
    (folder) => say(`Native TF.js is in ${folder}. The next training takes it.`),
    (error: unknown) => {
      process.exitCode = 1;
      say(`There is no native TF.js, so training uses WebAssembly: ${messageOf(error)}`);
    },
  );
}
