import type { ApiKey, ApiKeys, KnownKeys } from '../../../core/access/keys.ts';
import { knownKey } from '../../../core/access/keys.ts';
import type { Actor } from '../../../core/access/actor.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import { milliseconds } from '../../../core/time/time.ts';
import { writeAudit } from '../audit.ts';
import { transaction, type Database } from '../database.ts';
import type { PoolClient } from 'pg';

/** Tells servers by NOTIFY that keys changed. */
export const KEYS_CHANNEL = 'perennial_keys';

const columns = `id, name, scopes, pipelines, per_minute as "perMinute", created_by as "createdBy", created_at as "createdAt",
  expires_at as "expiresAt", revoked_at as "revokedAt", last_used_at as "lastUsedAt"`;

/** Keys by their hashes. Times are the database's, which all servers share. */
export function createApiKeys(database: Database): ApiKeys & KnownKeys {
  return {
    create: ({ id, name, hash, scopes, pipelines, perMinute, lasts }, by) =>
      transaction(database, async (client) => {
        const { rows } = await client.query<ApiKey>(
          `insert into api_keys (id, name, hash, scopes, pipelines, per_minute, created_by, expires_at)
           values ($1, $2, $3, $4, $5, $6, $7, now() + $8 * interval '1 ms') returning ${columns}`,
          [id, name, hash, scopes, pipelines, perMinute, by.name, lasts === null ? null : milliseconds(lasts)],
        );
        await changed(client, 'create key', rows[0]!, by);
        return rows[0]!;
      }),

    async list(limit) {
      const { rows } = await database.query<ApiKey>(
        `select ${columns} from api_keys order by created_at desc, id limit $1`,
        [limit],
      );
      return rows;
    },

    revoke: (id, by) =>
      transaction(database, async (client) => {
        const { rows } = await client.query<ApiKey>(
          `update api_keys set revoked_at = now() where id = $1 and revoked_at is null returning ${columns}`,
          [id],
        );
        if (rows[0]) {
          await changed(client, 'revoke key', rows[0], by);
          return rows[0];
        }
        const { rows: ended } = await client.query<ApiKey>(`select ${columns} from api_keys where id = $1`, [id]);
        if (ended[0]) return ended[0];
        throw new UserError('KEY_UNKNOWN', `There is no key "${id}". To list keys with their ids: perennial keys`);
      }),

    async known() {
      const { rows } = await database.query(
        `select ${columns}, hash from api_keys
         where coalesce(least(revoked_at, expires_at), 'infinity') > now() - interval '30 days' order by id`,
      );
      return rows.map((row) => knownKey.parse(row));
    },

    async used(ids) {
      await database.query(
        `update api_keys set last_used_at = now()
         where id = any($1) and (last_used_at is null or last_used_at < now() - interval '10 minutes')`,
        [ids],
      );
    },
  };
}

async function changed(client: PoolClient, action: string, key: ApiKey, { name: who, from }: Actor): Promise<void> {
  const { id, name, scopes, pipelines, perMinute, expiresAt } = key;
  const details = { key: id, name, scopes, pipelines, perMinute, expiresAt };
  await writeAudit(client, { who, from, action, pipeline: null, details });
  await client.query(`select pg_notify('${KEYS_CHANNEL}', '')`);
}
