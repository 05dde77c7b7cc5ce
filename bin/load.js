// Loads our TypeScript programs. Node would take seconds to read hundreds of files through a loader, so at its first
// start a program is built: its files become a few of JavaScript, in a folder named by the content of all of them, so
// that a build is never stale. Where nothing can be written, and outside this package, tsx loads the files as they are.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import module from 'node:module';
import { dirname, extname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const builds = join(root, '.built');
/** As many builds of a program stay: a process can still load a part of its own. */
const KEPT = 3;
/** No build takes this long. */
const DRAFT_MS = 3_600_000;

/** Imports a program, by the URL of its file. */
export async function load(url) {
  const program = relative(root, fileURLToPath(url));
  const folder = program.startsWith('..') ? null : (currentBuild(program) ?? (await build(program).catch(() => null)));
  if (folder === null) {
    for (const modules of ['tsx/cjs/api', 'tsx/esm/api']) (await import(modules)).register();
    return import(String(url));
  }
  process.setSourceMapsEnabled(true); // stack traces name the sources
  module.enableCompileCache?.(join(builds, 'compiled')); // since Node 22
  return import(pathToFileURL(join(folder, program.replace(/\.ts$/, '.js'))).href);
}

/** The folder of the build of a program's files as they are now; null if there is none. */
function currentBuild(program) {
  try {
    const files = JSON.parse(readFileSync(listOf(program), 'utf8'));
    const folder = folderOf(program, new Map(files.map((file) => [file, readFileSync(join(root, file))])));
    return existsSync(folder) ? folder : null;
  } catch {
    return null; // it was never built, or has lost a file
  }
}

/** Builds a program; resolves to the folder. */
export async function build(program) {
  const all = folderOfAll(program);
  mkdirSync(all, { recursive: true });
  const draft = mkdtempSync(join(all, 'draft-')); // first: where it cannot be made, building is for nothing
  try {
    const { outputFiles, outdir, sources } = await bundle(program);
    const inDraft = (path) => join(draft, 'build', relative(outdir, path)); // mkdtemp hides its folder from other users
    for (const { path, contents } of outputFiles) {
      mkdirSync(dirname(inDraft(path)), { recursive: true });
      writeFileSync(inDraft(path), contents, { flush: true });
    }
    writeFileSync(join(draft, 'list'), JSON.stringify([...sources.keys()].sort()));

    const folder = folderOf(program, sources);
    try {
      renameSync(join(draft, 'build'), folder);
    } catch (error) {
      if (!existsSync(folder)) throw error; // otherwise another process was first
    }
    renameSync(join(draft, 'list'), listOf(program));
    removeOlder(all, folder);
    return folder;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** What esbuild makes of a program, as if in the folder `outdir`, and all that it read. */
async function bundle(program) {
  const esbuild = await import('esbuild');
  /** @type {Map<string, Buffer>} */
  const sources = new Map();
  const outdir = join(folderOfAll(program), 'build'); // as deep as where it goes: source maps name sources from there
  const { outputFiles } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: [program],
    outbase: root,
    outdir,
    write: false,
    bundle: true,
    splitting: true,
    packages: 'external',
    alias: { perennial: './core/index.ts' },
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    keepNames: true,
    sourcemap: 'linked',
    sourcesContent: false,
    tsconfigRaw: {}, // unlike tsconfig.json: an import that only types use is left out
    logLevel: 'silent',
    plugins: [{ name: 'sources', setup: ({ onLoad }) => onLoad({ filter: /./ }, ({ path }) => read(path, sources)) }],
  });
  await esbuild.stop(); // its own process would stay as long as this one
  return { outputFiles, outdir, sources };
}

/** A source for the build. Its own place stays where it is: code finds files and programs by it. */
function read(path, sources) {
  const source = readFileSync(path);
  sources.set(relative(root, path), source);
  const contents = source
    .toString()
    .replaceAll(/\bimport\.meta\.url\b/g, JSON.stringify(pathToFileURL(path).href))
    .replaceAll(/\bimport\.meta\.dirname\b/g, JSON.stringify(dirname(path)));
  return { contents, loader: extname(path).slice(1) };
}

const folderOfAll = (program) => join(builds, program.replace(/\.ts$/, '').replaceAll(/[/\\]/g, '-'));
const listOf = (program) => `${folderOfAll(program)}.json`;

/**
 * The folder of a build, named by all that decides what is in it: sources, this file, and their place.
 * @param {string} program
 * @param {Map<string, Buffer>} sources
 */
function folderOf(program, sources) {
  const hash = createHash('sha256')
    .update(root)
    .update(readFileSync(fileURLToPath(import.meta.url)));
  for (const file of [...sources.keys()].sort()) hash.update(`\0${file}\0`).update(sources.get(file));
  return join(folderOfAll(program), hash.digest('hex').slice(0, 32));
}

/** Removes all but the newest builds and `own`, and what is left of processes that died while they built. */
function removeOlder(all, own) {
  const others = readdirSync(all)
    .map((name) => ({ name, path: join(all, name) }))
    .filter(({ path }) => path !== own)
    .map((other) => ({ ...other, at: statSync(other.path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((one, other) => other.at - one.at);
  const isBuild = ({ name }) => /^[0-9a-f]{32}$/.test(name);
  const older = others.filter(isBuild).slice(KEPT - 1);
  const leftOver = others.filter((other) => !isBuild(other) && other.at < Date.now() - DRAFT_MS);
  for (const { path } of [...older, ...leftOver]) rmSync(path, { recursive: true, force: true });
}
