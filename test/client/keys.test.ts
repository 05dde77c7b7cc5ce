import { type ApiKey } from '../../core/access/keys.ts';
import { perennial } from '../support/fake-operations.ts';
import assert from 'node:assert/strict';

const aKey = (changes: Partial<ApiKey> = {}): ApiKey => ({
  id: '1a2b3c4d',
  name: 'billing',
  scopes: ['predict', 'label'],
  pipelines: ['fraud'],
  perMinute: 600,
  createdBy: 'ada',
  createdAt: '2026-01-11T03:00:00.000Z',
  expiresAt: null,
  revokedAt: null,
  lastUsedAt: null,
  ...changes,
});

describe('perennial keys', () => {
  it('prints a new key alone on stdout, for a script, and everything else about it on stderr', async () => {
    const asked: unknown[] = [];
    const create = async (wish: unknown) => {
      asked.push(wish);
      return { ...aKey({ expiresAt: '2026-04-11T03:00:00.000Z' }), secret: 'prn_1a2b3c4d_5ec2e7' };
    };
    const line = ['keys', 'create', 'billing', '--scope', 'predict', 'label', '--pipeline', 'fraud'];
    const { code, out, err } = await perennial([...line, '--expires', '90 days', '--per-minute', '600'], {
      keys: { create },
    });
    assert.deepEqual([code, out], [0, 'prn_1a2b3c4d_5ec2e7\n']);
    assert.match(err, /^Key 1a2b3c4d of billing works until 2026-04-11 03:00, for: predict, label\. .*shown only once/);
    assert.deepEqual(asked, [
      { name: 'billing', scopes: ['predict', 'label'], pipelines: ['fraud'], perMinute: 600, expires: '90 days' },
    ]);
  });

  it('makes no key without a scope, or with an unknown one', async () => {
    for (const line of [
      ['keys', 'create', 'x'],
      ['keys', 'create', 'x', '--scope', 'everything'],
    ])
      assert.equal((await perennial(line)).code, 2, line.join(' '));
  });

  it('lists the keys that work, with who uses them and for what, and the others on request', async () => {
    const keys = [aKey(), aKey({ id: '2b3c4d5e', name: 'old', revokedAt: '2026-02-01T00:00:00.000Z' })];
    const list = async () => keys;
    const { out } = await perennial(['keys'], { keys: { list } });
    assert.match(out, /^1a2b3c4d +billing +predict, label +fraud +600 +2026-01-11 03:00 +never +-$/m);
    assert.doesNotMatch(out, /2b3c4d5e/);
    assert.match((await perennial(['keys', '--all'], { keys: { list } })).out, /2b3c4d5e .*revoked 2026-02-01/);
    assert.match((await perennial(['keys'], { keys: { list: async () => [] } })).out, /perennial keys create NAME/);
  });

  it('revokes one, and says how fast', async () => {
    const revoke = async (id: string) => aKey({ id });
    const { out } = await perennial(['keys', 'revoke', '1a2b3c4d'], { keys: { revoke } });
    assert.match(out, /^Revoked key 1a2b3c4d of billing\. .*within seconds/);
  });
});
