import type { Channel, Message } from '../../core/channels/channel.ts';
import { pageOf } from './linked.ts';
import { createPost, secretOf, type Environment, type LinkedOptions } from './post.ts';

/** https://developer.pagerduty.com/docs/send-alert-event */
const MOST_SUMMARY = 1_024;
const MOST_KEY = 255;

export interface PagerDutyOptions extends LinkedOptions {
  /** Where events go: that of PagerDuty's region. */
  url: string;
}

/**
 * Opens, acknowledges and resolves an incident for each alert, and opens another one when it becomes worse: PagerDuty
 * only notes what comes to an open incident, and pages nobody. The target is the variable that holds the service's key.
 */
export function createPagerDuty(environment: Environment, { url, publicUrl, ...options }: PagerDutyOptions): Channel {
  const post = createPost(options);
  const tell = (target: string, event: object): Promise<void> =>
    post({ url: new URL(url), name: `PagerDuty for ${target}` }, JSON.stringify(event));
  return {
    async send(message) {
      const { alert, target, telling, severity, subject, text, facts } = message;
      const key = secretOf(environment, target, 'PagerDuty cannot be told');
      const which = {
        routing_key: key,
        dedup_key: (facts?.fingerprint ?? alert ?? subject).slice(0, MOST_KEY),
      };
      // It does nothing where no incident is open.
      if (pagesAnew(message)) await tell(target, { ...which, event_action: 'resolve' });
      const action = actionOf(telling);
      await tell(target, {
        ...which,
        event_action: action,
        ...(action === 'trigger' && {
          client: 'Perennial',
          ...(publicUrl !== null && { client_url: pageOf(message, publicUrl) }),
          payload: {
            summary: (facts?.summary ?? subject).slice(0, MOST_SUMMARY),
            source: facts?.pipeline ?? 'perennial',
            severity,
            ...(facts && { class: facts.kind, timestamp: facts.openedAt }),
            custom_details: { text },
          },
        }),
      });
    },
  };
}

/**
 * An open incident may be acknowledged, or of less urgency, or ask for another decision, also that of an earlier alert
 * whose end was not told. Of an outage of the database each server tells by itself, and once more when it is over: that is
 * one incident, which pages once.
 */
const pagesAnew = ({ telling, facts }: Message): boolean =>
  (telling === 'opened' || telling === 'worse' || telling === 'test') && facts?.kind !== 'database-gone';

const actionOf = (telling: Message['telling']): 'trigger' | 'acknowledge' | 'resolve' =>
  telling === 'acknowledged' ? 'acknowledge' : telling === 'resolved' ? 'resolve' : 'trigger';
