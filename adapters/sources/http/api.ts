import { UserError } from '../../../core/base/errors.ts';
import type { Secrets } from '../../../core/sources/secrets.ts';
import { hide } from '../../../core/base/shown.ts';
import type { HttpClient } from '../../http/client.ts';
import type { ReadingOf } from '../extraction.ts';

/** Where an API is and how it is named to people: never by its token, nor by what its address holds besides the host. */
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

/** Throws SOURCE_UNREACHABLE when the address is none, and SOURCE_FORBIDDEN when the token cannot be one. */
export function openApi(secrets: Secrets, client: HttpClient, { from }: Pick<ReadingOf<'http'>, 'from'>): Api {
  const address = secrets.read(from.connection).trim();
  const base = URL.canParse(address) ? new URL(address) : null;
  if (!base || !/^https?:$/.test(base.protocol))
    // Not even a part of it is shown: it may hold a key.
    throw new UserError(
      'SOURCE_UNREACHABLE',
      `The value of ${from.connection.env} is not the address of an API. Write one like https://api.example.com/v1.`,
    );
  const token = from.token ? tokenOf(secrets.read(from.token), from.token.env) : null;
  const { username, password } = base;
  // A password goes into the header only, never into the address of a question.
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

/** A password may hold a percent sign that stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A token with a character that no header carries would be named in the error about it. */
function tokenOf(value: string, variable: string): string {
  const token = value.trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new UserError(
    'SOURCE_FORBIDDEN',
    `The value of ${variable} cannot be sent as a token: it contains a blank, a line end or a character that is not ASCII.`,
  );
}
