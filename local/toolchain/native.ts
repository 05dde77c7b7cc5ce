/**
 * `npm run native`: builds TF.js's native package into the user's cache, where adapters/tensors.ts looks for it.
 * First the ordinary way, its install script. Where that cannot download, on Linux with a 64-bit Intel or AMD processor:
 * the TensorFlow library out of the Python wheel, and a compiler. Nothing needs it; training is faster with it on large batches.
 */
import { nativeFolder, TFJS_NODE } from '../../adapters/cache-folder.ts';
import { messageOf } from '../../core/errors.ts';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const WHEEL = 'tensorflow-cpu==2.15.1'; // the version whose library tfjs-node 4.22 is written against
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

async function ordinaryInstall(folder: string): Promise<void> {
  const manifest = { private: true, allowScripts: { '@tensorflow/tfjs-node': true } };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  const name = `@tensorflow/tfjs-node@${TFJS_NODE}`;
  await step('npm install with its install script', 'npm', ['install', '--no-audit', '--no-fund', name], folder);
  await works(folder);
}

async function buildFromWheel(folder: string): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(
      `the Python wheel's library is known to fit on Linux with x64; this is ${process.platform} ${process.arch}`,
    );
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true }));
  const name = `@tensorflow/tfjs-node@${TFJS_NODE}`;
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund'];
  await step('npm install without scripts', 'npm', ['install', ...quiet, name], folder);

  const wheels = join(folder, 'wheel');
  await mkdir(wheels);
  const exactly = ['--no-deps', '--only-binary=:all:', '--python-version=3.11', '--platform=manylinux2014_x86_64'];
  const download = ['-m', 'pip', 'download', '--quiet', ...exactly, '--dest', wheels, WHEEL];
  await step('pip download of the TensorFlow library (207 MB)', 'python3', download, folder);
  const wheel = (await readdir(wheels)).find((file) => file.endsWith('.whl'));
  if (!wheel) throw new Error(`pip said it was done, but no wheel is in ${wheels}`);
  const unpack = `import sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
wheel.extractall(sys.argv[2], [n for n in wheel.namelist() if n.startswith(('tensorflow/include/', 'tensorflow/libtensorflow_'))])`;
  await step('unpacking', 'python3', ['-c', unpack, join(wheels, wheel), wheels], folder);

  const target = packageIn(folder);
  await linkLibrary(join(wheels, 'tensorflow'), join(target, 'deps'));
  await compile(target);
  await rm(wheels, { recursive: true });
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
  const nodedir = existsSync(join(headers, 'include', 'node', 'node_api.h')) ? [`--nodedir=${headers}`] : [];
  const out = join(target, 'lib', 'napi-v8');
  const options = ['--napi_version=8', '--napi_build_version=8', '--module_name=tfjs_binding', `--module_path=${out}`];
  const npm = (await run('npm', ['root', '--global'])).stdout.trim();
  const bundled = join(npm, 'npm', 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  const [command, first] = existsSync(bundled) ? [process.execPath, [bundled]] : ['npx', ['--yes', 'node-gyp']];
  await step('compiling', command, [...first, 'rebuild', ...nodedir, ...options], target);
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
  const failures: string[] = [];
  for (const [road, build] of [
    ['the ordinary way', ordinaryInstall],
    ["from TensorFlow's Python wheel", buildFromWheel],
  ] as const) {
    const staging = await mkdtemp(`${folder}-building-`);
    say(`Native TF.js ${road}:`);
    try {
      await build(staging);
      await works(staging);
      await rm(folder, { recursive: true, force: true });
      await rename(staging, folder);
      return say(`Native TF.js is ready (${await works(folder)}) in ${folder}. Training takes it by itself.`);
    } catch (error) {
      failures.push(`${road}: ${messageOf(error)}`);
      say(`  not possible here: ${messageOf(error)}`);
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  }
  throw new Error(
    `Native TF.js could not be built; training uses WebAssembly instead.\n${failures.join('\n')}\n` +
      'The second way needs python3 with pip, a C++ compiler and make.',
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await buildNative().catch((error: unknown) => {
    console.error(messageOf(error));
    process.exitCode = 1;
  });
