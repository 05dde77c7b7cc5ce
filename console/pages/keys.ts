import { endOf } from '../../core/access/end-of.ts';
import { type ApiKey } from '../../core/access/keys.ts';
import { scopes, scopeWords } from '../../core/access/scopes.ts';
import { type CreatedKey } from '../../operations/index.ts';
import { id } from '../../pages/elements.ts';
import { html, type Html } from '../../pages/html.ts';
import { table } from '../../pages/table.ts';
import { time } from '../elements.ts';
import { type Page } from '../layout.ts';

const crumbs = [{ title: 'All pipelines', url: '/' }];

/** The keys of callers, with a form that makes one. */
export const keysPage = (keys: readonly ApiKey[], now: number): Page => ({
  title: 'Keys',
  crumbs,
  sections: [
    {
      id: 'keys',
      heading: 'Keys',
      content: table<ApiKey>(
        'Keys that programs and people send to the servers',
        [
          { head: 'Name', cell: ({ name }) => name },
          { head: 'Id', cell: (key) => id(key.id) },
          { head: 'Scopes', cell: (key) => key.scopes.join(', ') },
          { head: 'Pipelines', cell: ({ pipelines }) => pipelines?.join(', ') ?? 'all', words: true },
          { head: 'A minute', cell: ({ perMinute }) => perMinute ?? '', number: true },
          { head: 'Created', cell: ({ createdAt, createdBy }) => html`${time(createdAt)} by ${createdBy}` },
          { head: 'Last used', cell: ({ lastUsedAt }) => (lastUsedAt ? time(lastUsedAt) : 'never') },
          { head: 'Until', cell: (key) => untilOf(key, now) },
        ],
        keys,
        'No key has been made yet.',
      ),
    },
    { id: 'create', heading: 'Make a key', content: form },
  ],
  facts: { keys },
});

function untilOf(key: ApiKey, now: number): Html | string {
  if (key.revokedAt !== null) return html`revoked ${time(key.revokedAt)}`;
  if (endOf(key, now) !== null) return html`expired ${time(key.expiresAt!)}`;
  return html`${key.expiresAt === null ? null : time(key.expiresAt)}
    <form method="post" action="/keys/${key.id}/revoke"><button>Revoke</button></form>`;
}

const form = html`<form class="plain" method="post" action="/keys">
  <label>Name of the caller <input name="name" required maxlength="60" autocomplete="off" /></label>
  ${scopes.map(
    (scope) =>
      html`<label class="tick"
        ><input type="checkbox" name="scope-${scope}" value="${scope}" /> ${scope}: ${scopeWords[scope]}</label
      >`,
  )}
  <label>Pipelines, separated by commas (all, if empty) <input name="pipelines" autocomplete="off" /></label>
  <label>Requests a minute (the server's limit, if empty) <input name="perMinute" inputmode="numeric" /></label>
  <label>Expires after (never, if empty) <input name="expires" value="90 days" /></label>
  <div class="row"><button class="strong">Make the key</button></div>
</form>`;

/** A new key, which no page shows again. */
export const createdPage = ({ name, secret, ...key }: CreatedKey): Page => ({
  title: `Key of ${name}`,
  crumbs: [...crumbs, { title: 'Keys', url: '/keys' }],
  sections: [
    {
      id: 'created',
      heading: 'Keep it now: it is shown only once',
      content: html`<p><code>${secret}</code></p>
        <p class="soft">Callers send the header "authorization: Bearer" with it.</p>`,
    },
  ],
  facts: { ...key, name, secret },
});
