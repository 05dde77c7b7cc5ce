/**
 * `npm run native`: builds TF.js's native package into the user's cache, where adapters/tensors.ts looks for it, on Linux
 * with a 64-bit Intel or AMD processor: the packages of a lock file, the TensorFlow library out of the Python wheel of a
 * known hash, and a compiler. The package's own install script is not run: it downloads a library and checks nothing.
 * Nothing needs the native package; training is faster with it on large batches.
 */
import { nativeFolder } from '../../adapters/cache-folder.ts';
import { messageOf } from '../../core/base/errors.ts';
import { tensorflow } from './pins.ts';
import { fetchWheel } from './wheel.ts';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const LOCKED = fileURLToPath(new URL('native/', import.meta.url));
const run = promisify(execFile);
const say = (line: string): void => console.log(line);

/** Resolves to a line about the library, or rejects when it does not load. A process of its own: a crash stays there. */
async function works(folder: string): Promise<string> {
  const script = `const tf = require(${JSON.stringify(packageIn(folder))});
    if (tf.tensor1d([1, 2]).sum().dataSync()[0] !== 3) throw new Error('1 + 2 is not 3');
    console.log('TensorFlow ' + tf.backend().binding.TF_Version + ', TF.js ' + tf.version['tfjs-core']);`;
  const { stdout } = await run(process.execPath, ['-e', script], {
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' },
    timeout: 120_000,
  });
  return stdout.trim().split('\n').at(-1) ?? '';
}

const packageIn = (folder: string): string => join(folder, 'node_modules', '@tensorflow', 'tfjs-node');

async function step(title: string, command: string, args: string[], cwd: string): Promise<string> {
  const began = Date.now();
  say(`  ${title} …`);
  try {
    const { stdout } = await run(command, args, { cwd, maxBuffer: 64 << 20, timeout: 30 * 60_000 });
    say(`  ${title}: done in ${((Date.now() - began) / 1000).toFixed(0)} s`);
    return stdout;
  } catch (error) {
    const output = error as { stderr?: string; stdout?: string };
    const tail = (output.stderr || output.stdout || messageOf(error)).trim().split('\n').slice(-8).join('\n    ');
    throw new Error(`${title} failed ("${command} ${args.slice(0, 4).join(' ')} …"):\n    ${tail}`, { cause: error });
  }
}

async function build(folder: string): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(
      `the Python wheel's library is known to fit on Linux with x64; this is ${process.platform} ${process.arch}`,
    );
  for (const file of ['package.json', 'package-lock.json']) await copyFile(join(LOCKED, file), join(folder, file));
  await step('npm ci without scripts', 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], folder);

  const wheel = join(folder, 'wheel');
  await mkdir(wheel);
  say('  pip download of the TensorFlow library (207 MB) …');
  const forIt = ['--python-version=3.11', '--platform=manylinux2014_x86_64'];
  await fetchWheel({ ...tensorflow, for: forIt }, wheel, join(dirname(folder), 'tfjs-node.log'));

  const target = packageIn(folder);
  await linkLibrary(join(wheel, 'tensorflow'), join(target, 'deps'));
  await compile(target);
  await rm(wheel, { recursive: true });
}

async function linkLibrary(unpacked: string, deps: string): Promise<void> {
  const lib = join(deps, 'lib');
  await rm(deps, { recursive: true, force: true });
  await mkdir(lib, { recursive: true });
  await rename(join(unpacked, 'include'), join(deps, 'include'));
  for (const [file, linkedAs] of [
    ['libtensorflow_cc.so.2', 'libtensorflow.so'],
    ['libtensorflow_framework.so.2', 'libtensorflow_framework.so'],
  ] as const) {
    await rename(join(unpacked, file), join(lib, file));
    await symlink(file, join(lib, linkedAs)); // relative: the whole folder is renamed when it works
  }
}

async function compile(target: string): Promise<void> {
  const headers = dirname(dirname(process.execPath));
  if (!existsSync(join(headers, 'include', 'node', 'node_api.h')))
    throw new Error(`Node's headers are not at ${join(headers, 'include', 'node')}; install the Node that brings them`);
  const npm = (await run('npm', ['root', '--global'])).stdout.trim();
  const gyp = join(npm, 'npm', 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  if (!existsSync(gyp)) throw new Error(`npm's own node-gyp is not at ${gyp}`);
  const out = join(target, 'lib', 'napi-v8');
  const options = ['--napi_version=8', '--napi_build_version=8', '--module_name=tfjs_binding', `--module_path=${out}`];
  await step('compiling', process.execPath, [gyp, 'rebuild', `--nodedir=${headers}`, ...options], target);
  const binding = join(target, 'build', 'Release', 'tfjs_binding.node');
  if (!existsSync(join(out, 'tfjs_binding.node'))) await copyFile(binding, join(out, 'tfjs_binding.node'));
}

/** Builds unless it is built; the folder appears only when the package in it has been loaded once. */
async function buildNative(): Promise<void> {
  const folder = nativeFolder();
  if (existsSync(packageIn(folder))) {
    const built = await works(folder).catch(() => null);
    if (built) return say(`Native TF.js is built already (${built}) in ${folder}`);
    say(`The build in ${folder} does not load with this Node; building again.`);
  }
  await mkdir(dirname(folder), { recursive: true });
  const staging = await mkdtemp(`${folder}-building-`);
  try {
    await build(staging);
    await works(staging);
    await rm(folder, { recursive: true, force: true });
    await rename(staging, folder);
    say(`Native TF.js is ready (${await works(folder)}) in ${folder}. Training takes it by itself.`);
  } catch (error) {
    throw new Error(
      `Native TF.js could not be built; training uses WebAssembly instead. ${messageOf(error)}\n` +
        'Building takes python3 with pip, a C++ compiler and make.',
      { cause: error },
    );
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await buildNative().catch((error: unknown) => {
    console.error(messageOf(error));
    process.exitCode = 1;
  });
