import { findGoTool, type GoTool } from '../../local/toolchain/go-tool.ts';
import { folderPerTest } from '../support/folders.ts';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
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

  it('downloads one whose hash is published, and none whose hash is another', async () => {
    let hash = createHash('sha256').update(script('sextant version 1.2.3')).digest('hex');
    const server = createServer((request, response) =>
      response.end(request.url?.endsWith('.sha256sum') ? `${hash}  sextant\n` : script('sextant version 1.2.3')),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const download = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/sextant` };
      assert.equal(await find({}, { download }), cached());
      const right = hash;
      hash = right.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
      await assert.rejects(find({}, { download, version: '1.2.4' }), /another hash than is published/);
      assert.equal(existsSync(cached().replace('1.2.3', '1.2.4')), false);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('says of every way why it failed and what to do', async () => {
    await assert.rejects(find({}, { download: { url: 'http://127.0.0.1:1/sextant' } }), {
      code: 'TOOL_NOT_FOUND',
      message:
        /on the PATH: no sextant here.*not there yet.*1:1\/sextant: .*build by Go .*: no go here.*SEXTANT_BINARY/s,
    });
  });
});
