import { machineIn } from '../../../../wiring/settings.ts';
import { bringNative } from '../../../../local/native.ts';
import { alone } from '../../../../local/toolchain/alone.ts';
import { eventually } from '../../../support/temporal/dev-server.ts';
import { folderPerTest } from '../../../support/folders.ts';
import { processesOf } from '../../../support/processes/programs.ts';
import { skip } from '../../../support/skipped.ts';
import { lackingForNative } from '../../../../local/toolchain/tools/native.ts';
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

describe("TF.js's native package in the background of npm start @slow", () => {
  const folder = folderPerTest();

  function bring(env: NodeJS.ProcessEnv) {
    const said: string[] = [];
    const native = bringNative({
      say: (words) => said.push(words),
      logFile: join(folder(), 'native.log'),
      env: { ...process.env, PERENNIAL_BACKEND: '', XDG_CACHE_HOME: folder(), ...env },
    });
    return { said, native };
  }

  /** A PATH on which npm is another program. */
  function pathWithNpm(script: string): string {
    const npm = join(folder(), 'bin', 'npm');
    mkdirSync(dirname(npm));
    writeFileSync(npm, `#!/bin/sh\ntest "$1" = --version && exit\n${script}\n`);
    chmodSync(npm, 0o755);
    return `${dirname(npm)}:${process.env['PATH']}`;
  }

  const drafts = (): string[] => {
    const built = machineIn({ XDG_CACHE_HOME: folder() }).nativeFolder;
    return existsSync(dirname(built)) ? readdirSync(dirname(built)).filter((name) => name.includes('.making-')) : [];
  };

  async function onlyWhereItCanBeBuilt(test: Mocha.Context): Promise<void> {
    const lacking = await lackingForNative();
    if (lacking !== null) skip(test, 'Building in the background', lacking);
  }

  it('is not fetched where PERENNIAL_BACKEND asks for another, and nothing is said', async () => {
    const { said, native } = bring({ PERENNIAL_BACKEND: 'wasm', PATH: pathWithNpm(`touch ${folder()}/asked`) });
    await native.done;
    assert.deepEqual([said, existsSync(join(folder(), 'asked'))], [[], false]);
  });

  it('is missing with one plain line that says why, where it cannot be built', async () => {
    const { said, native } = bring({ PATH: folder() });
    await native.done;
    assert.equal(said.length, 1);
    assert.match(said[0]!, /^Training uses WebAssembly, not TF\.js's native package: .+\.$/);
    if (process.platform === 'linux' && process.arch === 'x64') assert.match(said[0]!, /no python3 here/);
  });

  it('is announced with its size, and a build that fails says why in one line and leaves nothing', async function () {
    await onlyWhereItCanBeBuilt(this);
    const { said, native } = bring({ PATH: pathWithNpm('echo "the registry is away" >&2; exit 1') });
    await native.done;
    assert.equal(said.length, 2, said.join('\n'));
    assert.match(said[0]!, /fetched in the background: 285 MB from the npm registry and the Python package index/);
    assert.match(
      said[1]!,
      /^There is no native TF\.js, so training uses WebAssembly: npm ci ended .*the registry is away$/,
    );
    assert.deepEqual(drafts(), []);
  });

  it('is no longer built once npm start stops: no process and no file is left', async function () {
    await onlyWhereItCanBeBuilt(this);
    const { said, native } = bring({ PATH: pathWithNpm('exec sleep 600') });
    const sleeping = () => processesOf(folder()).some(({ command }) => command.startsWith('sleep 600'));
    await eventually(async () => sleeping());
    assert.equal(drafts().length, 1);
    await native.stop();
    await eventually(async () => processesOf(folder()).length === 0);
    assert.deepEqual([drafts(), said.length], [[], 1]);
  });

  it('is built by one process at a time', async function () {
    if (process.platform !== 'linux') skip(this, 'Building by one process at a time', 'It is built on Linux only.');
    const order: string[] = [];
    const work = (name: string) =>
      alone(join(folder(), 'lock'), async () => {
        order.push(`${name} begins`);
        await new Promise(setImmediate);
        order.push(`${name} ends`);
      });
    await Promise.all([work('one'), work('two'), work('three')]);
    assert.equal(order.length, 6);
    for (let index = 0; index < 6; index += 2)
      assert.equal(order[index + 1], order[index]!.replace('begins', 'ends'), order.join(', '));
  });
});
