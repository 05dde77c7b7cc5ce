import { chromiumHere } from '../../../../local/toolchain/tools/chromium.ts';
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

describe('finding a Chromium', () => {
  let folder: string;
  const program = (...path: string[]): string => {
    const file = join(folder, ...path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, '', { mode: 0o755 });
    return file;
  };
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'perennial-chromium-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('takes the one that is named, then one in PATH, then the newest of Playwright\u2019s', () => {
    const cache = join(folder, 'playwright');
    const env: NodeJS.ProcessEnv = {
      PATH: [join(folder, 'a'), join(folder, 'b')].join(delimiter),
      PLAYWRIGHT_BROWSERS_PATH: cache,
    };
    if (process.platform === 'linux') assert.equal(chromiumHere(env), null);
    program('playwright', 'chromium-1100', 'chrome-linux', 'chrome');
    const newest = program('playwright', 'chromium-1200', 'chrome-linux', 'chrome');
    if (process.platform === 'linux') assert.equal(chromiumHere(env), newest);
    writeFileSync(join(folder, 'chromium'), ''); // a file that is no program
    const inPath = program('b', 'google-chrome');
    assert.equal(chromiumHere(env), inPath);
    assert.equal(chromiumHere({ ...env, PERENNIAL_CHROMIUM: '/my/own' }), '/my/own');
  });
});
