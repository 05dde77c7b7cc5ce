import { createApiKeys } from '../../adapters/postgres/access/keys.ts';
import { type KeyWish } from '../../core/access/keys.ts';
import { type Actor } from '../../core/access/actor.ts';
import { createDoor } from '../../operations/door.ts';
import { createKeys } from '../../operations/keys.ts';
import { perennialDatabase } from '../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

describe('keys', () => {
  const database = perennialDatabase();
  const ada: Actor = { name: 'ada', from: 'cli', role: 'admin' };
  const keys = () => {
    const audit = { record: async () => assert.fail('its own transaction writes the row') };
    return createDoor({ keys: createKeys({ apiKeys: createApiKeys(database()) }) }, audit).as(ada).keys;
  };
  const wish = (changes: Partial<KeyWish> = {}): KeyWish => ({ name: 'billing', scopes: ['predict'], ...changes });
  const audited = async () =>
    (await database().query(`select who, action, details from audit where action like '% key' order by id`)).rows;

  it('are shown once, and kept as a hash that nobody can turn back', async () => {
    const { secret, ...key } = await keys().create(wish({ expires: '90 days', perMinute: 600, pipelines: ['fraud'] }));
    assert.match(secret, /^prn_[0-9a-f]{8}_[0-9a-f]{64}$/);
    assert.deepEqual(await keys().list(), [key]);
    const [row] = (await database().query('select * from api_keys')).rows;
    assert.equal(row.hash, createHash('sha256').update(secret).digest('hex'));
    assert.ok(!JSON.stringify([row, await audited()]).includes(secret.slice(13)), 'the secret is nowhere');
    assert.equal(Date.parse(key.expiresAt!) - Date.parse(key.createdAt), 90 * 86_400_000);
    assert.deepEqual([key.createdBy, key.perMinute, key.pipelines], ['ada', 600, ['fraud']]);
  });

  it('end when they are revoked, by id or by their text, once', async () => {
    const [first, second] = [await keys().create(wish()), await keys().create(wish({ name: 'grafana' }))];
    const { revokedAt } = await keys().revoke(first.id);
    assert.ok(revokedAt);
    assert.equal((await keys().revoke(`prn_${first.id}`)).revokedAt, revokedAt, 'a second time changes nothing');
    await keys().revoke(second.secret);
    assert.deepEqual(
      (await audited()).map(({ who, action, details }) => [who, action, details.key, details.name]),
      [
        ['ada', 'create key', first.id, 'billing'],
        ['ada', 'create key', second.id, 'grafana'],
        ['ada', 'revoke key', first.id, 'billing'],
        ['ada', 'revoke key', second.id, 'grafana'],
      ],
    );
    for (const unknown of ['00000000', 'billing', ''])
      await assert.rejects(keys().revoke(unknown), { code: 'KEY_UNKNOWN' });
  });

  it('cannot be made from a request that makes no sense', async () => {
    for (const [changes, says] of [
      [{ name: '' }, /^No key was made\. name: write a name/],
      [{ name: 'a\nb' }, /name: /],
      [{ scopes: [] }, /scopes: choose from predict, label, read, operate, admin/],
      [{ perMinute: 0.5 }, /perMinute: write a whole number/],
      [{ perMinute: NaN }, /perMinute: write a whole number/],
      [{ expires: 'soon' }, /expires: write a duration like/],
      [{ expires: '0 days' }, /expires: write a duration above zero/],
      [{ scopes: ['predict', 'read'], pipelines: ['fraud'] }, /pipelines: only the scopes predict and label/],
    ] as const)
      await assert.rejects(keys().create(wish(changes as Partial<KeyWish>)), {
        code: 'REQUEST_INVALID',
        message: says,
      });
    assert.deepEqual(await keys().list(), []);
  });

  it('are known to servers by their hashes, for a month after their end', async () => {
    const made = await Promise.all(['a', 'b', 'c'].map((name) => keys().create(wish({ name }))));
    const [live, lately, longAgo] = made.map(({ id }) => id);
    await keys().revoke(lately!);
    await database().query(`update api_keys set expires_at = now() - interval '31 days' where id = $1`, [longAgo]);
    const known = await createApiKeys(database()).known();
    assert.deepEqual(known.map(({ id }) => id).sort(), [live!, lately!].sort());
  });

  it('remember when they were last used, and write it at most every ten minutes', async () => {
    const { id } = await keys().create(wish());
    const usedAt = async () => (await keys().list())[0]!.lastUsedAt;
    const use = () => createApiKeys(database()).used([id]);
    await use();
    const first = await usedAt();
    assert.ok(first);
    await use();
    assert.equal(await usedAt(), first);
    await database().query(`update api_keys set last_used_at = now() - interval '11 minutes'`);
    await use();
    assert.ok((await usedAt())! >= first);
  });
});
