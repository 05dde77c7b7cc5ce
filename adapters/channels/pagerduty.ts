import type { Channel, Message } from '../../core/channels/channel.ts';
import { createPost, secretOf, type Environment, type HookOptions } from './post.ts';

/** https://developer.pagerduty.com/docs/send-alert-event */
const MOST_SUMMARY = 1_024;
const MOST_KEY = 255;

export interface PagerDutyOptions extends HookOptions {
  /** Where events go: that of PagerDuty's region. */
  url: string;
}

/** Opens, acknowledges and resolves an incident for each alert. The target is the variable that holds the service's key. */
export function createPagerDuty(environment: Environment, { url, ...options }: PagerDutyOptions): Channel {
  const post = createPost(options);
  return {
    async send(message) {
      const { alert, target, telling, severity, subject, text, facts } = message;
      const key = secretOf(environment, target, 'PagerDuty cannot be told');
      const event = {
        routing_key: key,
        event_action: actionOf(telling),
        dedup_key: (facts?.fingerprint ?? alert ?? subject).slice(0, MOST_KEY),
        ...(actionOf(telling) === 'trigger' && {
          client: 'Perennial',
          payload: {
            summary: (facts?.summary ?? subject).slice(0, MOST_SUMMARY),
            source: facts?.pipeline ?? 'perennial',
            severity,
            ...(facts && { class: facts.kind, timestamp: facts.openedAt }),
            custom_details: { text },
          },
        }),
      };
      await post({ url: new URL(url), name: `PagerDuty for ${target}` }, JSON.stringify(event));
    },
  };
}

const actionOf = (telling: Message['telling']): 'trigger' | 'acknowledge' | 'resolve' =>
  telling === 'acknowledged' ? 'acknowledge' : telling === 'resolved' ? 'resolve' : 'trigger';
