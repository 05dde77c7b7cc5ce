import { byGo, fromRelease } from '../../../local/toolchain/fetches.ts';
import { find, foundInWords, type Tool, versionAfter } from '../../../local/toolchain/find.ts';
import { machine } from '../../../local/toolchain/pins.ts';
import { folderPerTest } from '../../support/folders.ts';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';

describe('finding a program', () => {
  const folder = folderPerTest();
  const goModule = { module: 'example.com/sextant@v1.2.3', version: '1.2.3', megabytes: 7 };
  const tool: Tool = {
    title: 'The sextant',
    name: 'sextant',
    variable: 'SEXTANT_BINARY',
    onPath: true,
    asked: { args: ['--version'], version: versionAfter('sextant', /^sextant version (\S+)/) },
    fetches: [byGo(goModule)],
    code: 'TOOL_NOT_FOUND',
    remedy: 'Install it, or name it by SEXTANT_BINARY.',
  };
  const cached = (version = '1.2.3') => join(folder(), 'toolchain', `sextant-${version}`, 'sextant');
  const options = (env: NodeJS.ProcessEnv = {}) => ({
    cache: folder(),
    env: { PATH: `${folder()}:/bin:/usr/bin`, ...env },
  });
  const get = (env: NodeJS.ProcessEnv = {}, change: Partial<Tool> = {}) => find({ ...tool, ...change }, options(env));
  function program(path: string, says: string): string {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, `#!/bin/sh\necho '${says}'\n`, { mode: 0o755 });
    return path;
  }

  it('takes the one that its variable names, and no other if that one is invalid', async () => {
    const path = program(join(folder(), 'mine'), 'sextant version 9');
    const found = await get({ SEXTANT_BINARY: path });
    assert.equal(found.path, path);
    assert.equal(foundInWords(found), '9, named by SEXTANT_BINARY');
    const other = program(join(folder(), 'other'), 'an astrolabe');
    await assert.rejects(get({ SEXTANT_BINARY: other }), {
      code: 'TOOL_NOT_FOUND',
      message: /SEXTANT_BINARY names .*other, which is not a usable sextant: .*"an astrolabe"/,
    });
  });

  it('takes the installed one, otherwise the cached one, and reports which, with its version', async () => {
    program(cached(), 'sextant version 1.2.3');
    assert.equal((await get()).path, cached());
    program(join(folder(), 'sextant'), 'an astrolabe');
    assert.equal(foundInWords(await get()), '1.2.3, in the cache');
    program(join(folder(), 'sextant'), 'sextant version 1.3.0');
    const found = await get();
    assert.equal(found.path, 'sextant');
    assert.equal(foundInWords(found), '1.3.0, on the PATH');
  });

  it('looks only on this machine when that is requested', async () => {
    const here = { ...options(), here: true };
    program(join(folder(), 'go'), 'go version go1');
    await assert.rejects(find(tool, here), { code: 'TOOL_NOT_FOUND', message: /^(?!.*go install)/s });
    program(cached(), 'sextant version 1.2.3');
    assert.equal((await find(tool, here)).path, cached());
  });

  it('takes a cached one of any version that it could fetch before it fetches', async () => {
    program(cached('1.2.3'), 'sextant version 1.2.3');
    const newer = byGo({ ...goModule, version: '1.3.0' });
    assert.equal((await get({}, { fetches: [newer, ...tool.fetches] })).path, cached('1.2.3'));
  });

  describe('in an archive of its makers', () => {
    let url = '';
    let sha256 = '';
    const server = createServer((_request, response) => response.end(readFileSync(join(folder(), 'sextant.tar.gz'))));
    before((done) => void server.listen(0, '127.0.0.1', done));
    after(() => {
      server.closeAllConnections();
      server.close();
    });
    beforeEach(() => {
      program(join(folder(), 'linux', 'sextant'), 'sextant version 1.2.3');
      writeFileSync(join(folder(), 'linux', 'LICENSE'), 'yours');
      const archive = join(folder(), 'sextant.tar.gz');
      execFileSync('tar', ['-czf', archive, '-C', folder(), 'linux']);
      sha256 = createHash('sha256').update(readFileSync(archive)).digest('hex');
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/sextant`;
    });
    const released = (change: { sha256?: string; version?: string } = {}) =>
      fromRelease({
        version: change.version ?? '1.2.3',
        archives: { [machine]: { url, megabytes: 3, inArchive: 'linux/sextant', sha256: change.sha256 ?? sha256 } },
      });

    it('reports its size and address beforehand, and keeps nothing but the program', async () => {
      const said: string[] = [];
      const report = (line: string): void => void said.push(line);
      const found = await find({ ...tool, fetches: released() }, { ...options(), report });
      assert.deepEqual(said, [`fetching 3 MB from its makers' releases (sextant) ...`]);
      assert.equal(foundInWords(found), "1.2.3, 3 MB from its makers' releases");
      assert.deepEqual(readdirSync(join(cached(), '..')), ['sextant']);
    });

    it('is refused if its hash is not the known one', async () => {
      const other = sha256.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
      await assert.rejects(
        get({}, { fetches: released({ sha256: other, version: '1.2.4' }) }),
        new RegExp(`the download has the hash ${sha256}, not ${other}`),
      );
      assert.equal(existsSync(cached('1.2.4')), false);
    });

    it('reports for every way, in the order tried, why it failed and what to do', async () => {
      url = 'http://127.0.0.1:1/sextant';
      await assert.rejects(get({}, { fetches: [...released(), ...tool.fetches] }), {
        code: 'TOOL_NOT_FOUND',
        message:
          /^The sextant is not on .*on the PATH: no sextant here.*not there yet.*3 MB from .*sextant\): .*7 MB of Go modules.*: no go here\n.*SEXTANT_BINARY/s,
      });
    });
  });
});
