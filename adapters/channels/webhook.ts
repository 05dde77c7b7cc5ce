import type { Channel } from '../../core/channels/channel.ts';
import { createPost, hookOf, secretOf, type Environment, type HookOptions } from './post.ts';
import { createHmac } from 'node:crypto';

/**
 * Posts a message as JSON, signed as https://www.standardwebhooks.com describes: the receiver knows who sent it, that it
 * is whole, and when it was sent.
 */
export function createWebhook(environment: Environment, options: HookOptions = { privateHooks: false }): Channel {
  const post = createPost(options);
  return {
    async send({ id, alert, target, telling, severity, subject, text, facts }) {
      const [variable = '', secretName = ''] = target.split('/');
      const hook = hookOf(environment, variable);
      const secret = secretOf(environment, secretName, `messages to ${hook.name} cannot be signed`);
      const { figures: _, ...known } = facts ?? {}; // words for people
      const body = JSON.stringify({ id, telling, severity, alert: alert && { id: alert, ...known }, subject, text });
      const time = String(Math.floor(Date.now() / 1000));
      await post(hook, body, {
        'webhook-id': id,
        'webhook-timestamp': time,
        'webhook-signature': `v1,${signature(secret, `${id}.${time}.${body}`)}`,
      });
    },
  };
}

/** The libraries of Standard Webhooks make secrets of bytes, written with this prefix. */
const BYTES = 'whsec_';

export const signature = (secret: string, signed: string): string =>
  createHmac('sha256', secret.startsWith(BYTES) ? Buffer.from(secret.slice(BYTES.length), 'base64') : secret)
    .update(signed)
    .digest('base64');
