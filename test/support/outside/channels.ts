import { createChannels } from '../../../adapters/channels/index.ts';
import { type Message } from '../../../core/channels/channel.ts';

interface Outside {
  /** The mail server. */
  smtpUrl?: string | undefined;
  mailFrom?: string;
  /** Where PagerDuty's events go. */
  pagerdutyUrl?: string;
  /** Where people reach the console. */
  publicUrl?: string;
}

/** The real senders, which may reach this machine; the variables hold the addresses and secrets of targets. */
export const channelsOn = (environment: Record<string, string>, outside: Outside = {}) =>
  createChannels(
    {
      smtpUrl: outside.smtpUrl,
      mailFrom: outside.mailFrom ?? 'ml@example.com',
      pagerdutyUrl: outside.pagerdutyUrl ?? 'http://127.0.0.1:1/',
      privateHooks: true,
      publicUrl: outside.publicUrl ?? null,
      email: [],
      slack: false,
      teams: false,
      webhook: false,
      pagerduty: false,
    },
    environment,
  ).channels;

export const aMessage = (changes: Partial<Message> = {}): Message => ({
  id: 'd1',
  alert: 'a1',
  target: 'HOOK',
  telling: 'opened',
  severity: 'warning',
  subject: '[perennial warning] fraud: drift in 20 % of the columns',
  text: 'fraud: drift in 20 % of the columns\n\nThese moved: <amount> & *shop*.\n  and 4 more\n\nSeen at 2026-03-01T02:00Z.',
  facts: {
    fingerprint: 'drift/fraud',
    kind: 'drift',
    pipeline: 'fraud',
    summary: 'fraud: drift in 20 % of the columns',
    detail: 'These moved: <amount> & *shop*.\n  and 4 more',
    openedAt: '2026-03-01T02:00:00.000Z',
    lastSeenAt: '2026-03-01T02:00:00.000Z',
    times: 1,
    acknowledgedBy: null,
    explains: [],
    resolution: null,
  },
  ...changes,
});
