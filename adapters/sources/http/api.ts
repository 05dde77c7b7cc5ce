import { UserError } from '../../../core/base/errors/errors.ts';
import type { Secrets } from '../../../core/sources/secrets.ts';
import { hide } from '../../../core/base/errors/shown.ts';
import type { HttpClient } from '../../http/client.ts';
import type { ReadingOf } from '../extraction.ts';

/** An API's address and its name for people, which shows neither the token nor more of the address than the host. */
export interface Api {
  /** Like `/readings of api.example.com`. */
  where: string;
  /** The variable with the address, and the one with the token. */
  connection: string;
  token: string | null;
  headers: Record<string, string>;
  client: HttpClient;
  url(query: Record<string, string>): URL;
}

/** Throws SOURCE_UNREACHABLE for an invalid address, and SOURCE_FORBIDDEN for an invalid token. */
export function openApi(secrets: Secrets, client: HttpClient, { from }: Pick<ReadingOf<'http'>, 'from'>): Api {
  const address = secrets.read(from.connection).trim();
  const base = URL.canParse(address) ? new URL(address) : null;
  if (!base || !/^https?:$/.test(base.protocol))
    // Not even a part of it is shown: it can hold a key.
    throw new UserError(
      'SOURCE_UNREACHABLE',
      `The value of ${from.connection.env} is not the address of an API. Write one like https://api.example.com/v1.`,
    );
  const token = from.token ? tokenOf(secrets.read(from.token), from.token.env) : null;
  const { username, password } = base;
  // A password goes only into the header, never into a request's address.
  base.username = '';
  base.password = '';
  const basic = Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64');
  hide(basic);
  const authorization = token !== null ? `Bearer ${token}` : username !== '' ? `Basic ${basic}` : null;
  return {
    where: `${from.path} of ${base.host}`,
    connection: from.connection.env,
    token: from.token?.env ?? null,
    client,
    headers: { accept: 'application/json', ...(authorization !== null && { authorization }) },
    url(query) {
      const url = new URL(base);
      url.pathname = `${base.pathname.replace(/\/$/, '')}${from.path}`;
      for (const [field, value] of Object.entries(query)) url.searchParams.set(field, value);
      return url;
    },
  };
}

/** A password can hold a literal percent sign. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** For a token with an invalid header character, Node's error would contain the token. */
function tokenOf(value: string, variable: string): string {
  const token = value.trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new UserError(
    'SOURCE_FORBIDDEN',
    `The value of ${variable} cannot be sent as a token: it contains a blank, a line end or a character that is not ASCII.`,
  );
}
