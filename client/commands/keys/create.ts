import { scopes, scopeWords, type Scope } from '../../../core/access/scopes.ts';
import { command } from '../../command.ts';
import { time } from '../../words.ts';
import { Option } from 'commander';

interface Options {
  scope: Scope[];
  pipeline?: string[];
  perMinute?: string;
  expires?: string;
}

export const create = command<Options>({
  arguments: '<name>',
  summary: 'Make a key, and print it once',
  description: [
    'Make a key, and print it once: only its hash is stored. What each scope allows:',
    ...scopes.map((scope) => `  ${scope.padEnd(8)} ${scopeWords[scope]}`),
  ].join('\n'),
  example: 'billing --scope predict label --pipeline fraud --expires "90 days"',
  options: [
    new Option('--scope <scopes...>', 'what its holder may do').choices(scopes).makeOptionMandatory(),
    new Option('--pipeline <names...>', 'the pipelines that it predicts for and labels (default: all)'),
    new Option('--expires <duration>', 'how long it works, like "90 days" (default: until it is revoked)'),
    new Option('--per-minute <requests>', 'how many requests with it a server answers in a minute'),
  ],
  async run([name = ''], { scope, pipeline, perMinute, expires }, { operations, result, note }) {
    const key = await operations.keys.create({
      name,
      scopes: scope,
      pipelines: pipeline ?? null,
      perMinute: perMinute === undefined ? null : Number(perMinute),
      expires: expires ?? null,
    });
    const until = key.expiresAt === null ? 'until you revoke it' : `until ${time(key.expiresAt)}`;
    note(
      `Key ${key.id} of ${key.name} works ${until}, for: ${key.scopes.join(', ')}. Keep it now: it is shown only once. ` +
        `Callers send the header "authorization: Bearer KEY". To end it: perennial keys revoke ${key.id}`,
    );
    result(key, key.secret);
  },
});
