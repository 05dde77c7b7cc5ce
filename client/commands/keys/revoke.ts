import { command } from '../../command.ts';

export const revoke = command({
  arguments: '<key>',
  summary: 'End a key, by its id or its text',
  example: '1a2b3c4d',
  options: [],
  async run([text = ''], _options, { operations, result }) {
    const key = await operations.keys.revoke(text);
    result(key, `Revoked key ${key.id} of ${key.name}. Servers that reach the database refuse it within seconds.`);
  },
});
