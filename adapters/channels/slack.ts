import type { Channel } from '../../core/channels/channel.ts';
import { messageOf, UserError } from '../../core/base/errors/errors.ts';
import { hide } from '../../core/base/errors/shown.ts';
import { SECOND } from '../../core/time/time.ts';
import { privateAddresses } from '../http/addresses.ts';
import { createHttpClient, type HttpAnswer } from '../http/client.ts';

const PATIENCE = 20 * SECOND;
const MOST_BYTES = 4 * 1024;

export interface SlackOptions {
  /** Whether a web hook may be on this machine or in a private network. */
  privateHooks: boolean;
}

/**
 * Posts a message to an incoming web hook in Slack's format. The target is the variable that holds the hook's address.
 */
export function createSlack(
  environment: Record<string, string | undefined>,
  { privateHooks }: SlackOptions = { privateHooks: false },
): Channel {
  const client = createHttpClient({ refusal: privateHooks ? null : privateAddresses, keepAlive: false });
  return {
    async send({ target, subject, text }) {
      const url = addressOf(environment[target], target);
      let answer: HttpAnswer;
      try {
        // It follows no redirect: the address is a secret for its host only.
        answer = await client(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ text: `*${escaped(subject)}*\n${escaped(text)}` }),
          signal: AbortSignal.timeout(PATIENCE),
          most: MOST_BYTES,
        });
      } catch (error) {
        if (error instanceof UserError) throw new UserError(error.code, `The web hook of ${target}: ${error.message}`);
        // Only the host is shown: anyone who knows the full address can post.
        throw new Error(`the web hook of ${target} does not answer: ${messageOf(error)}`, { cause: error });
      }
      if (answer.status >= 200 && answer.status < 300) return;
      // Slack answers with one word for the problem; nothing else of the answer is repeated.
      const kind = /^[a-z_]{1,40}$/.exec(answer.body.trim())?.[0] ?? answer.kind;
      throw new Error(`the web hook of ${target} answered ${answer.said}: ${kind}`);
    },
  };
}

function addressOf(address: string | undefined, variable: string): URL {
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
  return url;
}

/** The three characters that Slack interprets. */
const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
