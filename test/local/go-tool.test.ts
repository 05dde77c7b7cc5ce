import { findGoTool, type GoTool } from '../../local/toolchain/go-tool.ts';
import { folderPerTest } from '../support/folders.ts';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';

const script = (says: string): string => `#!/bin/sh\necho '${says}'\n`;

describe('finding a tool written in Go', () => {
  const folder = folderPerTest();
  const tool: GoTool = {
    name: 'sextant',
    variable: 'SEXTANT_BINARY',
    asked: { args: ['--version'], says: /^sextant version/ },
    version: '1.2.3',
    module: 'example.com/sextant@v1.2.3',
  };
  const cached = () => join(folder(), 'toolchain', 'sextant-1.2.3', 'sextant');
  const find = (env: NodeJS.ProcessEnv = {}, change: Partial<GoTool> = {}) =>
    findGoTool({ ...tool, ...change }, { cache: folder(), env: { PATH: `${folder()}:/bin:/usr/bin`, ...env } });
  function program(path: string, says: string): string {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, script(says), { mode: 0o755 });
    return path;
  }

  it('takes the one that its variable names, and no other when that is none', async () => {
    const path = program(join(folder(), 'mine'), 'sextant version 9');
    assert.equal(await find({ SEXTANT_BINARY: path }), path);
    const other = program(join(folder(), 'other'), 'an astrolabe');
    await assert.rejects(find({ SEXTANT_BINARY: other }), {
      code: 'TOOL_NOT_FOUND',
      message: /SEXTANT_BINARY names .*other, which is no usable sextant: .*"an astrolabe"/,
    });
  });

  it('takes the installed one, or else the cached one', async () => {
    program(cached(), 'sextant version 1.2.3');
    assert.equal(await find(), cached());
    program(join(folder(), 'sextant'), 'an astrolabe');
    assert.equal(await find(), cached());
    program(join(folder(), 'sextant'), 'sextant version 1.3.0');
    assert.equal(await find(), 'sextant');
  });

  it('looks no further than this machine when that is asked', async () => {
    const here = { cache: folder(), env: { PATH: `${folder()}:/bin:/usr/bin` }, here: true };
    program(join(folder(), 'go'), 'go version go1');
    await assert.rejects(findGoTool(tool, here), { code: 'TOOL_NOT_FOUND', message: /^(?!.*go install)/s });
    program(cached(), 'sextant version 1.2.3');
    assert.equal(await findGoTool(tool, here), cached());
  });

  it('downloads one that has the known hash, and none that has another', async () => {
    mkdirSync(join(folder(), 'linux'));
    program(join(folder(), 'linux', 'sextant'), 'sextant version 1.2.3');
    const archive = join(folder(), 'sextant.tar.gz');
    execFileSync('tar', ['-czf', archive, '-C', folder(), 'linux/sextant']);
    const sha256 = createHash('sha256').update(readFileSync(archive)).digest('hex');
    const server = createServer((_request, response) => response.end(readFileSync(archive)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/sextant`;
      const download = { url, inArchive: 'linux/sextant', sha256 };
      assert.equal(await find({}, { download }), cached());
      const other = sha256.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
      await assert.rejects(
        find({}, { download: { ...download, sha256: other }, version: '1.2.4' }),
        new RegExp(`what came has the hash ${sha256}, not ${other}`),
      );
      assert.equal(existsSync(cached().replace('1.2.3', '1.2.4')), false);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('says of every way why it failed and what to do', async () => {
    await assert.rejects(
      find({}, { download: { url: 'http://127.0.0.1:1/sextant', inArchive: 'sextant', sha256: '0' } }),
      {
        code: 'TOOL_NOT_FOUND',
        message:
          /on the PATH: no sextant here.*not there yet.*1:1\/sextant: .*build by Go .*: no go here.*SEXTANT_BINARY/s,
      },
    );
  });
});
