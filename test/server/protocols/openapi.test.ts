import { repository, start } from '../../support/processes/programs.ts';
import { findPython } from '../../../local/toolchain/tools/python.ts';
import { folderPerTest } from '../../support/folders.ts';
import { aServer, aServingWorld, cleanUp } from '../fakes.ts';
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';

const EXAMPLES = 100;

describe('the OpenAPI document', () => {
  const folder = folderPerTest();
  afterEach(cleanUp);

  it('describes what the server does, whatever is sent @slow', async function () {
    this.timeout(600_000); // the first time, the program is fetched
    const key = '9f1c0d7b2a4e6f8091a3b5c7';
    const { app } = await aServer(aServingWorld(), { keys: [key] });
    const address = await app.listen({ host: '127.0.0.1', port: 0 });
    // Reads the document, and sends requests that keep to it and others that break it.
    const schemathesis = join((await findPython('schemathesis', { report: () => undefined })).folder, 'schemathesis');
    copyFileSync(join(repository, 'test/server/protocols/schemathesis.py'), join(folder(), 'hooks.py'));
    const asked = start(
      schemathesis,
      [
        'run',
        `${address}/openapi.json`,
        '-H',
        `Authorization: Bearer ${key}`,
        '--max-examples',
        String(EXAMPLES),
        '--seed',
        '1',
        '--request-timeout',
        '60',
        // Random names of models and versions only meet 404.
        '--exclude-path-regex',
        String.raw`\{model\}`,
      ],
      { cwd: folder(), env: { SCHEMATHESIS_HOOKS: 'hooks', NO_COLOR: '1' } },
    );
    assert.equal(await asked.ended, 0, asked.stdout() + asked.stderr());
    assert.match(asked.stdout(), /Selected: 14\/21[\s\S]*No issues found/);
  });

  it('lists the methods of an address that is called with another', async () => {
    const { app } = await aServer(aServingWorld());
    for (const [method, url, allow] of [
      ['GET', '/predict/fraud', 'POST'],
      ['DELETE', '/health', 'GET'],
      ['POST', '/', 'GET'],
    ] as const) {
      const answer = await app.inject({ method, url });
      assert.deepEqual([answer.statusCode, answer.headers['allow']], [405, allow], url);
      assert.match(answer.json().error.message, new RegExp(`does not take ${method}; it takes ${allow}`));
    }
  });

  it('has a page whose files lead nowhere else', async () => {
    const { app } = await aServer(aServingWorld());
    const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
    // As it stands: fetch and the browsers make sense of the dots before they ask.
    const ask = (path: string): Promise<string> =>
      new Promise((resolve, reject) =>
        request({ host: '127.0.0.1', port, path }, (answer) => {
          let body = '';
          answer.setEncoding('utf8').on('data', (text: string) => (body += text));
          answer.on('end', () => resolve(`${answer.statusCode} ${body}`));
        })
          .on('error', reject)
          .end(),
      );
    assert.match(await ask('/docs'), /^200 /);
    for (const path of ['/docs/static/..', '/docs/static/../../package.json', '/docs/static/%2e%2e/package.json'])
      assert.match(await ask(path), /^404 \{"error":\{"code":"REQUEST_INVALID","message":"There is no GET /, path);
  });
});
