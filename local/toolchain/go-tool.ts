import { createWriteStream, existsSync } from 'node:fs';
import { chmod, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { userCacheFolder } from '../../adapters/cache-folder.ts';
import { hashFile } from '../../adapters/hash-file.ts';
import { messageOf, UserError } from '../../core/base/errors.ts';
import { startLeashed } from '../leash.ts';
import { finished, makeInCache, output } from './tool.ts';

/** A program written in Go that our tests and checks use, and how it is had. */
export interface GoTool {
  /** The command's name. */
  name: string;
  /** A variable that names the program, which is then taken without looking further. */
  variable: string;
  /** What is asked to see that it runs, and what it then says. */
  asked: { args: string[]; says: RegExp };
  version: string;
  /** Its package; `go install` names the program after the last part of the path. */
  module: string;
  ldflags?: string;
  /** Its makers' archive for this machine, a .tar.gz in which `inArchive` is the program's path, and the hash it must have. */
  download?: { url: string; inArchive: string; sha256: string };
}

export interface FindOptions {
  report?: (line: string) => void;
  cache?: string;
  env?: NodeJS.ProcessEnv;
  /** Looks no further than this machine. */
  here?: boolean;
}

const DOWNLOAD_MS = 300_000;

/** The tool's path: named by its variable, installed, cached, downloaded, or built by Go. Throws TOOL_NOT_FOUND. */
export async function findGoTool(tool: GoTool, options: FindOptions = {}): Promise<string> {
  const { report = () => {}, env = process.env, here = false } = options;
  const toolchain = join(options.cache ?? userCacheFolder(env), 'toolchain');
  const folder = join(toolchain, `${tool.name}-${tool.version}`);
  const cached = join(folder, tool.name);
  const logFile = join(toolchain, `${tool.name}.log`);
  const named = env[tool.variable];
  if (named) return works(tool, named, env).catch((cause: unknown) => Promise.reject(unusable(tool, named, cause)));

  const roads: [string, () => Promise<string>][] = [
    [`the command "${tool.name}" on the PATH`, () => Promise.resolve(tool.name)],
    [cached, () => (existsSync(cached) ? Promise.resolve(cached) : Promise.reject(new Error('not there yet')))],
  ];
  const { download } = tool;
  if (download && !here)
    roads.push([
      `the download from ${download.url}`,
      async () => {
        await makeInCache(folder, async (draft) => {
          report(`Downloading ${tool.name} ${tool.version} ...`);
          await fetchTool(download, tool.name, draft, env);
        });
        return cached;
      },
    ]);
  if (!here)
    roads.push([
      `a build by Go (go install ${tool.module})`,
      async () => {
        await output('go', ['version'], env);
        report(`Building ${tool.name} ${tool.version} with Go, once (log: ${logFile}) ...`);
        await makeInCache(folder, (draft) => build(tool, draft, logFile, env, report));
        return cached;
      },
    ]);

  const failures: string[] = [];
  for (const [what, get] of roads) {
    try {
      return await works(tool, await get(), env);
    } catch (error) {
      failures.push(`  ${what}: ${messageOf(error)}`);
    }
  }
  throw new UserError(
    'TOOL_NOT_FOUND',
    `The program ${tool.name} is needed, and could not be had:\n${failures.join('\n')}\n` +
      `Install it, or name it by ${tool.variable}, or connect to the internet, or install Go, and try again.`,
  );
}

const unusable = ({ name, variable }: GoTool, path: string, cause: unknown): UserError =>
  new UserError('TOOL_NOT_FOUND', `${variable} names ${path}, which is no usable ${name}: ${messageOf(cause)}`, {
    cause,
  });

/** Runs it: a file of that name may be another program, or for another machine. */
async function works({ name, asked }: GoTool, path: string, env: NodeJS.ProcessEnv): Promise<string> {
  const said = await output(path, asked.args, env);
  if (!asked.says.test(said))
    throw new Error(`it is another program than ${name}, it says "${said.trim().slice(0, 80)}"`);
  return path;
}

async function fetchTool(
  { url, inArchive, sha256 }: NonNullable<GoTool['download']>,
  name: string,
  draft: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const archive = join(draft, 'archive.tar.gz');
  const { body } = await get(url);
  if (body === null) throw new Error('the answer was empty');
  await pipeline(Readable.fromWeb(body), createWriteStream(archive));
  const came = await hashFile(archive);
  if (came.sha256 !== sha256) throw new Error(`what came has the hash ${came.sha256}, not ${sha256}`);
  await output('tar', ['-xzf', archive, '-C', draft], env);
  await rename(join(draft, inArchive), join(draft, name));
  await chmod(join(draft, name), 0o755);
}

async function get(url: string): Promise<Response> {
  const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_MS) }).catch((error: Error) => {
    throw new Error(error.cause === undefined ? error.message : messageOf(error.cause), { cause: error });
  });
  if (!response.ok) throw new Error(`the answer was ${response.status}`);
  return response;
}

async function build(
  tool: GoTool,
  draft: string,
  logFile: string,
  env: NodeJS.ProcessEnv,
  report: (line: string) => void,
) {
  const work = await startLeashed({
    name: 'go install',
    command: 'go',
    args: ['install', `-ldflags=-s -w ${tool.ldflags ?? ''}`, tool.module],
    env: { ...env, GOBIN: draft, GOFLAGS: undefined },
    logFile,
    graceMs: 2_000,
  });
  await finished(work, (minutes) => report(`Still building ${tool.name} (${minutes} min) ...`));
  const built = tool.module.replace(/@.*/, '').split('/').at(-1)!;
  if (built !== tool.name) await rename(join(draft, built), join(draft, tool.name));
}
