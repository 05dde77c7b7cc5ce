import { chromiumHere, HOW_TO_GET_CHROMIUM } from '../../local/toolchain/tools/chromium.ts';
import { freePort, returnPort } from '../../local/stack/tcp-ports.ts';
import { findTemporal, startTemporal, type TemporalServer } from '../../local/toolchain/tools/temporal.ts';
import { guardPage, type Guard } from '../../server/protocols/guard/page-guard.ts';
import { listenersOf } from '../support/processes/listeners.ts';
import { Client, Connection } from '@temporalio/client';
import { skip } from '../support/skipped.ts';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';

/** Serves whatever name it is called by, as a site does that points its name at this machine. */
async function listening(answer: string): Promise<{ server: Server; port: number }> {
  const server = createServer((_request, response) => response.end(answer));
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return { server, port: (server.address() as AddressInfo).port };
}

describe('the guard of a page of this machine', () => {
  let guard: Guard;
  let page: Awaited<ReturnType<typeof listening>>;
  let port: number;
  before(async () => {
    page = await listening('the page');
    port = (await freePort(30_500 + (process.pid % 1_000))).port;
    guard = await guardPage(port, { host: '127.0.0.1', port: page.port });
  });
  after(async () => {
    await guard.close();
    returnPort(port);
    page.server.close();
  });
  const ask = (method: string, headers: Record<string, string>): Promise<number> =>
    new Promise((resolve, reject) =>
      request({ host: '127.0.0.1', port, method, headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      })
        .on('error', reject)
        .end(),
    );

  it('accepts names of this machine', async () => {
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`, 'localhost:9'])
      assert.equal(await ask('GET', { host }), 200, host);
  });

  it('refuses every other name', async () => {
    for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1.evil.example', 'localhost.evil.example'])
      assert.equal(await ask('GET', { host }), 403, host);
  });

  it('lets only the page itself make changes', async () => {
    const host = `127.0.0.1:${port}`;
    assert.equal(await ask('POST', { host }), 200);
    assert.equal(await ask('POST', { host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' }), 200);
    assert.equal(await ask('POST', { host, origin: 'http://127.0.0.1:9' }), 403);
    assert.equal(await ask('POST', { host, origin: 'null' }), 403);
    assert.equal(await ask('DELETE', { host, 'sec-fetch-site': 'same-site' }), 403);
  });

  it('reports when the page is away', async () => {
    const other = await freePort(port + 1);
    const alone = await guardPage(other.port, { host: '127.0.0.1', port: 1 });
    assert.equal((await fetch(alone.url)).status, 502);
    await alone.close();
    returnPort(other.port);
  });
});

describe('a foreign web page in a browser of this machine', () => {
  let folder: string;
  let temporal: TemporalServer;
  let connection: Connection;
  let browser: Browser;
  let evil: Awaited<ReturnType<typeof listening>>;
  const ports: number[] = [];

  before(async function () {
    this.timeout(300_000);
    const executablePath = chromiumHere();
    if (executablePath === null) skip(this, 'no browser attacked Temporal', HOW_TO_GET_CHROMIUM);
    folder = await mkdtemp(join(tmpdir(), 'perennial-web-ui-'));
    const { path } = await findTemporal({ report: () => {} });
    for (const from of [24_000, 25_000]) ports.push((await freePort(from + (process.pid % 1_000))).port);
    const [port, uiPort] = ports as [number, number];
    temporal = await startTemporal({ path, folder, port, uiPort, logFile: join(folder, 'temporal.log') });
    connection = await Connection.connect({ address: temporal.address });
    evil = await listening('<title>evil</title>');
    browser = await chromium.launch({
      executablePath,
      // The name of the attacker's site leads to this machine, as it does after DNS rebinding.
      args: ['--host-resolver-rules=MAP evil.example 127.0.0.1', '--no-sandbox'],
    });
  });
  after(async () => {
    await browser?.close();
    await connection?.close();
    await temporal?.stop();
    evil?.server.close();
    for (const port of ports) returnPort(port);
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  async function visit(address: string): Promise<{ page: Page; status: number }> {
    const page = await browser.newPage();
    const answer = await page.goto(address);
    return { page, status: answer?.status() ?? 0 };
  }
  const running = async (workflowId: string) => {
    const client = new Client({ connection });
    await client.workflow.start('anything', { workflowId, taskQueue: 'nobody' });
    return client.workflow.getHandle(workflowId);
  };

  it('ends and starts no workflow, whichever port of Temporal it tries @slow', async () => {
    const victim = await running('fraud/retraining');
    const { page } = await visit(`http://127.0.0.1:${evil.port}/`);
    const targets = listenersOf(temporal.pid).map(({ port }) => port);
    assert.ok(targets.length >= 3, `it listens on ${targets.join()}`);
    for (const port of [...targets, ...ports])
      for (const [path, body] of [
        ['fraud%2Fretraining/terminate', {}],
        ['planted', { workflowType: { name: 'anything' }, taskQueue: { name: 'nobody' }, requestId: 'r' }],
      ] as const)
        await page.evaluate(
          async ([url, text]) => {
            await fetch(url, { method: 'POST', mode: 'no-cors', body: text, signal: AbortSignal.timeout(2_000) }).catch(
              () => undefined,
            );
          },
          [`http://127.0.0.1:${port}/api/v1/namespaces/default/workflows/${path}`, JSON.stringify(body)] as const,
        );
    assert.equal((await victim.describe()).status.name, 'RUNNING');
    const client = new Client({ connection });
    await assert.rejects(client.workflow.getHandle('planted').describe(), /not found/i);
  });

  it('reads nothing by a name of its own that leads to this machine @slow', async () => {
    assert.equal((await visit(`http://evil.example:${evil.port}/`)).status, 200, 'the name leads here');
    for (const port of [...listenersOf(temporal.pid).map((each) => each.port), ...ports]) {
      const page = await browser.newPage();
      const answer = await page
        .goto(`http://evil.example:${port}/api/v1/namespaces/default/workflows`, { timeout: 5_000 })
        .catch(() => null);
      assert.notEqual(answer?.status(), 200, `port ${port}`);
      await page.close();
    }
  });

  it('leaves the Web UI as it was for people at this machine @slow', async () => {
    const { page, status } = await visit(temporal.uiUrl);
    assert.equal(status, 200);
    await running('seen');
    await page.goto(`${temporal.uiUrl}/namespaces/default/workflows`);
    await page.getByText('seen', { exact: true }).first().waitFor();
  });

  it('finds no listener of the Web UI at 127.0.0.1 besides the guard', function () {
    if (process.platform !== 'linux')
      skip(this, 'nobody looked for listeners of the Web UI besides its guard', 'Only on Linux is there none.');
    const uis = listenersOf(temporal.pid).filter(({ host }) => host !== '127.0.0.1');
    assert.equal(uis.length, 1);
    assert.match(uis[0]!.host, /^127\./);
  });
});
