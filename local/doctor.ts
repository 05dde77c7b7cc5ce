import { dataFolderCheck, nodeCheck } from '../adapters/doctor/machine.ts';
import { declarationsCheck } from '../adapters/doctor/declarations.ts';
import { memoryHere } from '../adapters/duckdb/memory.ts';
import { temporalNamedBy } from '../adapters/temporal/connection/connection-profile.ts';
import { messageOf } from '../core/base/errors/errors.ts';
import { failed, ok, warning, type Check } from '../core/runs/doctor.ts';
import { environment, machineIn } from '../wiring/settings.ts';
import { readExamples } from './simulation/examples.ts';
import { throwIfHeld } from './stack/home-folder.ts';
import { lookForNative, wantsNative } from './native.ts';
import { isFree, standardPorts } from './stack/tcp-ports.ts';
import { locatePostgres } from './stack/postgres-binaries.ts';
import type { StartOptions } from './start.ts';
import { actionlintTool, hadolintTool, shellcheckTool, trivyTool } from './toolchain/tools/checkers.ts';
import { chromiumHere, HOW_TO_GET_CHROMIUM } from './toolchain/tools/chromium.ts';
import { composeTool } from './toolchain/tools/compose-check.ts';
import { foundInWords, lookHere, type Tool } from './toolchain/find.ts';
import { helmTool } from './toolchain/tools/helm.ts';
import { NATIVE_IN_WORDS } from './toolchain/tools/native.ts';
import { lookForPython, type PythonPackages } from './toolchain/tools/python.ts';
import { seaweedfsTool } from './toolchain/tools/seaweedfs.ts';
import { temporalTool } from './toolchain/tools/temporal.ts';
import { testServerTool } from './toolchain/tools/test-server.ts';
import { output } from './toolchain/tool.ts';
import { pipIsHere } from './toolchain/wheel.ts';
import { resolve } from 'node:path';

/** The peak memory of "npm start", by docs/benchmarks.md, plus some for the rest of the machine. */
const ENOUGH_MB = 2_000;

/** What "npm start" with these options will find, use and fetch. Nothing is started, fetched or written. */
export const startChecks = ({ home, pipelines, port }: Pick<StartOptions, 'home' | 'pipelines' | 'port'>): Check[] => [
  nodeCheck(),
  memoryCheck,
  { ...dataFolderCheck(home, 'name another with --home'), name: 'home folder' },
  { name: 'another start', look: async () => (throwIfHeld(home), ok(`No other instance uses ${resolve(home)}.`)) },
  { ...dataFolderCheck(machineIn().cacheFolder, 'set XDG_CACHE_HOME'), name: 'cache folder' },
  portsCheck({ ...standardPorts, server: port }),
  declarationsCheck(() => readExamples(pipelines)),
  { name: 'Postgres', look: async () => ok(`The embedded one is in ${locatePostgres()}.`) },
  temporalCheck,
  nativeCheck,
  ...machineChecks,
  ...[
    testServerTool,
    seaweedfsTool,
    helmTool,
    composeTool,
    hadolintTool,
    shellcheckTool,
    actionlintTool,
    trivyTool,
  ].map(testToolCheck),
  pythonCheck('Schemathesis', 'schemathesis'),
  pythonCheck('Clients of Triton and KServe', 'inference-clients'),
  pythonCheck("Kubernetes' schemas", 'kubernetes-validate'),
  chromiumCheck,
];

const memoryCheck: Check = {
  name: 'memory',
  async look() {
    const { mb, of } = memoryHere();
    const found = `This ${of} has ${mb} MB.`;
    if (mb >= ENOUGH_MB) return ok(found);
    return warning(
      `${found} npm start with a training takes 1,300 MB.`,
      'Give it more, or run one pipeline: --pipelines',
    );
  },
};

const portsCheck = (ports: Record<string, number>): Check => ({
  name: 'ports',
  async look() {
    const all = Object.values(ports);
    const taken: number[] = [];
    for (const each of all) if (!(await isFree(each, '127.0.0.1'))) taken.push(each);
    if (taken.length === 0) return ok(`${all.join(', ')} are free.`);
    return warning(
      `${taken.join(', ')} ${taken.length === 1 ? 'is' : 'are'} in use; npm start takes the next free one instead and says which.`,
      'To keep the usual port, stop the program that uses it.',
    );
  },
});

/** Whether this machine has a tool, or how it would get it. */
async function lookFor(tool: Tool, who: string): Promise<{ words: string; had: boolean }> {
  const { found } = await lookHere(tool);
  if (found !== null) return { words: `${foundInWords(found)}.`, had: true };
  const lacking: string[] = [];
  for (const fetch of tool.fetches) {
    try {
      await fetch.possible(environment);
      return { words: `Not installed; ${who} downloads it (${fetch.what}; ${fetch.by}).`, had: true };
    } catch (error) {
      lacking.push(`${fetch.what} (${messageOf(error)})`);
    }
  }
  return { words: `Not installed, and cannot be: ${lacking.join('; ')}.`, had: false };
}

const temporalCheck: Check = {
  name: temporalTool.title,
  async look() {
    const named = temporalNamedBy(environment);
    if (named) return ok(`Not needed: ${named} names ${environment[named]}.`);
    const { words, had } = await lookFor(temporalTool, 'npm start');
    return had ? ok(words) : failed(words, temporalTool.remedy);
  },
};

const nativeCheck: Check = {
  name: "TF.js's native package",
  async look(signal) {
    if (!wantsNative()) return ok(`Not wanted: PERENNIAL_BACKEND is ${machineIn().tensorflow.wanted}.`);
    const { missing, lacking } = await lookForNative(environment, signal);
    if (missing === null) return ok('Installed; training uses it.');
    if (lacking !== null) return ok(`Not installed, and cannot be: ${lacking}. Training uses WebAssembly.`);
    return ok(`Not installed; npm start downloads it in the background (${NATIVE_IN_WORDS}).`);
  },
};

const ONLY_TESTS = 'Only npm test needs it.';

const testToolCheck = (tool: Tool): Check => ({
  name: tool.title,
  async look() {
    const { words, had } = await lookFor(tool, 'npm test');
    return had ? ok(words) : warning(words, `${ONLY_TESTS} ${tool.remedy}`);
  },
});

const pythonCheck = (name: string, packages: PythonPackages): Check => ({
  name,
  async look() {
    const { isWhole, what } = await lookForPython(packages);
    if (isWhole) return ok('In the cache.');
    try {
      await pipIsHere();
      return ok(`Not installed; npm test downloads it (${what}; pip).`);
    } catch (error) {
      return warning(
        `Not installed, and cannot be: ${what} (${messageOf(error)}).`,
        `${ONLY_TESTS} Install Python 3 with pip.`,
      );
    }
  },
});

const chromiumCheck: Check = {
  name: 'Chromium',
  async look() {
    const path = chromiumHere();
    return path === null ? warning('Not installed.', `${ONLY_TESTS} ${HOW_TO_GET_CHROMIUM}`) : ok(`${path}.`);
  },
};

/** Programs that install other tools; not needed if those are here. */
const machineChecks: Check[] = [
  {
    name: 'Python 3',
    look: means(async () => `with pip ${await pipIsHere()}`, 'fetches programs', 'python3 with pip'),
  },
  { name: 'Go', look: means(async () => (await output('go', ['version'])).trim(), 'builds the compose reader', 'Go') },
  {
    name: 'C++ compiler',
    look: means(async () => firstLine(await output('c++', ['--version'])), "builds TF.js's native package", 'g++'),
  },
];

const firstLine = (text: string): string => text.split('\n')[0]!;

function means(ask: () => Promise<string>, use: string, install: string): Check['look'] {
  return async () => {
    try {
      return ok(`${await ask()}.`);
    } catch (error) {
      return warning(`There is none (${messageOf(error)}); it ${use}.`, `Install ${install} if you want that.`);
    }
  };
}
