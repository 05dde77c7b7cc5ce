import { endOf } from '../../../core/access/end-of.ts';
import type { ApiKey } from '../../../core/access/keys.ts';
import { command } from '../../command.ts';
import { columns, time } from '../../words.ts';
import { Option } from 'commander';

export const list = command<{ all?: boolean }>({
  arguments: '',
  summary: 'List the keys that callers send to the servers',
  example: '--all',
  options: [new Option('--all', 'include expired and revoked keys')],
  async run(_none, { all = false }, { operations, result }) {
    const keys = (await operations.keys.list()).filter((key) => all || endOf(key, Date.now()) === null);
    const head = ['id', 'name', 'scopes', 'pipelines', 'a minute', 'created', 'last used', 'until'];
    const none = 'No keys. Make one: perennial keys create NAME --scope predict';
    result(keys, keys.length > 0 ? columns([head, ...keys.map(describe)]) : none);
  },
});

const describe = (key: ApiKey): string[] => [
  key.id,
  key.name,
  key.scopes.join(', '),
  key.pipelines?.join(', ') ?? 'all',
  key.perMinute === null ? '-' : String(key.perMinute),
  time(key.createdAt),
  key.lastUsedAt === null ? 'never' : time(key.lastUsedAt),
  key.revokedAt !== null ? `revoked ${time(key.revokedAt)}` : key.expiresAt === null ? '-' : time(key.expiresAt),
];
