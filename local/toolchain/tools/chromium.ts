import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { messageOf } from '../../../core/base/errors/errors.ts';
import { startLeashed } from '../../stack/leash.ts';
import { environment } from '../../../wiring/settings.ts';
import { finished } from '../tool.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'microsoft-edge'];
const MAC_APPS = ['Chromium.app/Contents/MacOS/Chromium', 'Google Chrome.app/Contents/MacOS/Google Chrome'];
/** Where Playwright puts its own browsers, below its cache. */
const IN_CACHE = [
  'chrome-linux/chrome',
  'chrome-linux64/chrome',
  'chrome-linux/headless_shell',
  'chrome-headless-shell-linux64/chrome-headless-shell',
  'chrome-mac/Chromium.app/Contents/MacOS/Chromium',
  'chrome-win/chrome.exe',
];

export const HOW_TO_GET_CHROMIUM =
  'Install one (Debian: apt-get install chromium; anywhere: npx playwright-core install chromium), or name it in ' +
  'PERENNIAL_CHROMIUM.';

/** A Chromium of this machine: the one that is named, one in PATH, or one of Playwright's; null when there is none. */
export function chromiumHere(env: NodeJS.ProcessEnv = environment): string | null {
  if (env['PERENNIAL_CHROMIUM']) return env['PERENNIAL_CHROMIUM'];
  const inPath = (env['PATH'] ?? '').split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  const onMac = process.platform === 'darwin' ? MAC_APPS.map((app) => join('/Applications', app)) : [];
  return [...inPath, ...onMac, ...inPlaywrightsCache(env)].find(isExecutable) ?? null;
}

/**
 * The same, installed from Debian where there is none and the administrator asks. Playwright's own download is left to
 * people: nothing checks it against a hash.
 */
export async function findChromium({
  report = () => {},
  env = environment,
}: { report?: (line: string) => void; env?: NodeJS.ProcessEnv } = {}): Promise<string | null> {
  const here = chromiumHere(env);
  if (here !== null || process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return here;
  report('fetching some 110 MB from Debian (apt-get install chromium) ...');
  try {
    const logFile = join(tmpdir(), `perennial-chromium-${process.pid}.log`);
    const args = ['install', '-y', '--no-install-recommends', 'chromium'];
    await finished(await startLeashed({ name: 'apt-get', command: 'apt-get', args, env, logFile, graceMs: 2_000 }));
    await rm(logFile, { force: true });
  } catch (error) {
    report(`Debian's chromium could not be installed: ${messageOf(error)}`);
  }
  return chromiumHere(env);
}

function* inPlaywrightsCache(env: NodeJS.ProcessEnv): Iterable<string> {
  const system = { darwin: 'Library/Caches', win32: 'AppData/Local' }[process.platform as string] ?? '.cache';
  const cache = env['PLAYWRIGHT_BROWSERS_PATH'] ?? join(homedir(), system, 'ms-playwright');
  if (!existsSync(cache)) return;
  const newestFirst = readdirSync(cache)
    .filter((name) => name.startsWith('chromium'))
    .sort()
    .reverse();
  for (const browser of newestFirst) for (const path of IN_CACHE) yield join(cache, browser, path);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
