import { messageOf, UserError } from '../../core/base/errors/errors.ts';
import { hide } from '../../core/base/errors/shown.ts';
import { AskedToWait } from '../../core/channels/channel.ts';
import { SECOND } from '../../core/time/time.ts';
import { privateAddresses } from '../http/addresses.ts';
import { createHttpClient, type HttpAnswer } from '../http/client.ts';
import { retryAfterOf } from '../http/retry-after.ts';

const PATIENCE = 20 * SECOND;
const MOST_BYTES = 4 * 1024;

export type Environment = Record<string, string | undefined>;
export interface HookOptions {
  /** Whether a web hook may be on this machine or in a private network. */
  privateHooks: boolean;
}

export interface LinkedOptions extends HookOptions {
  /** Where people reach the console; null: nowhere. */
  publicUrl: string | null;
}

/** Posts JSON, and fails unless it is accepted. `name`: what an error calls the receiver, without its address. */
export type Post = (to: { url: URL; name: string }, body: string, headers?: Record<string, string>) => Promise<void>;

export function createPost({ privateHooks }: HookOptions): Post {
  const client = createHttpClient({ refusal: privateHooks ? null : privateAddresses, keepAlive: false });
  return async ({ url, name }, body, headers = {}) => {
    let answer: HttpAnswer;
    try {
      // It follows no redirect: the address is a secret for its host only.
      answer = await client(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
        signal: AbortSignal.timeout(PATIENCE),
        most: MOST_BYTES,
      });
    } catch (error) {
      if (error instanceof UserError) throw new UserError(error.code, `${capitalised(name)}: ${error.message}`);
      // Only the host is shown: anyone who knows the full address can post.
      throw new Error(`${name} does not answer: ${messageOf(error)}`, { cause: error });
    }
    if (answer.status >= 200 && answer.status < 300) return;
    // Slack answers with one word for the problem; nothing else of an answer is repeated.
    const kind = /^[a-z_]{1,40}$/.exec(answer.body.trim())?.[0] ?? answer.kind;
    const said = `${name} answered ${answer.said}: ${kind}`;
    const waitMs = retryAfterOf(answer);
    throw waitMs === null ? new Error(said) : new AskedToWait(said, waitMs);
  };
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The web hook whose address a variable holds. */
export function hookOf(environment: Environment, variable: string): { url: URL; name: string } {
  const address = environment[variable];
  if (!address)
    throw new UserError(
      'SECRET_MISSING',
      `The variable ${variable} is not set where the server runs, so its web hook is unknown. Set it and restart the server.`,
    );
  const url = URL.canParse(address) ? new URL(address) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw new UserError(
      'SECRET_MISSING',
      `The variable ${variable} does not hold a web hook's address. Set it to https://host/path, without user and ` +
        'password, where the server runs, and restart the server.',
    );
  hide(address);
  hide(url.pathname + url.search);
  return { url, name: `the web hook of ${variable}` };
}

/** A secret that a variable holds; `what`: what it is needed for. */
export function secretOf(environment: Environment, variable: string, what: string): string {
  const value = environment[variable];
  if (!value)
    throw new UserError(
      'SECRET_MISSING',
      `The variable ${variable} is not set where the server runs, so ${what}. Set it and restart the server.`,
    );
  hide(value);
  return value;
}
