import { Scene } from '../../console/fakes.ts';
import { aServer, aServingWorld, cleanUp } from '../fakes.ts';
import assert from 'node:assert/strict';

const PAGE = { accept: 'text/html' };
/** What the console has told browsers since it was there. */
const CONSOLE_POLICY =
  "default-src 'none';style-src 'self';script-src 'self';connect-src 'self';img-src 'self' data:;" +
  "form-action 'self';base-uri 'none';frame-ancestors 'none'";

describe('security headers', () => {
  afterEach(cleanUp);
  const open = () => aServer(aServingWorld(), { operations: new Scene().door() });

  it('come with every answer of the console, and stay as strict as ever', async () => {
    const server = await open();
    const urls = ['/', '/alerts', '/console/console.css', '/pipelines/fraud', '/pipelines/none'];
    const answers = await Promise.all(urls.map((url) => server.app.inject({ url, headers: PAGE })));
    for (const { headers, statusCode } of answers) {
      assert.equal(headers['content-security-policy'], CONSOLE_POLICY, String(statusCode));
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['referrer-policy'], 'same-origin');
      assert.equal(headers['x-frame-options'], 'SAMEORIGIN');
      assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
      assert.equal(headers['strict-transport-security'], undefined, 'the proxy that ends TLS sends it');
    }
    assert.equal(answers[0]!.headers['cache-control'], 'no-store');
    assert.equal(answers[0]!.headers['vary'], 'accept, cookie');
  });

  it("leave the API's page and stored reports their own policies", async () => {
    const server = await open();
    const docs = await server.app.inject('/docs');
    assert.equal(docs.statusCode, 200);
    assert.match(String(docs.headers['content-security-policy']), /script-src 'self';/);
    const report = await server.app.inject('/pipelines/fraud/reports/drift/check-0');
    assert.match(String(report.headers['content-security-policy']), /^sandbox; default-src 'none'/);
  });
});
