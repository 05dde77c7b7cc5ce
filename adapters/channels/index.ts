import type { Config } from '../../core/base/settings/config.ts';
import type { Channel } from '../../core/channels/channel.ts';
import type { ChannelName, Target } from '../../core/channels/index.ts';
import { webhookTarget } from '../../core/channels/webhook.ts';
import { createMail } from './email.ts';
import { linked } from './linked.ts';
import { createPagerDuty } from './pagerduty.ts';
import { hookOf, type Environment } from './post.ts';
import { createSlack } from './slack.ts';
import { createTeams } from './teams.ts';
import { createWebhook } from './webhook.ts';

/** The sender of each channel, and the recipients of every alert, by the settings. */
export function createChannels(
  {
    smtpUrl,
    mailFrom,
    email,
    slack,
    teams,
    webhook,
    pagerduty,
    pagerdutyUrl,
    privateHooks,
    publicUrl,
  }: Omit<Config['alerts'], 'installed'>,
  environment: Environment,
): {
  channels: Record<ChannelName, Channel>;
  always: Target[];
  /** What is missing here to reach a recipient; null: nothing. */
  lacks: (target: Target) => string | null;
  /** Whether a mail server is set. */
  mail: boolean;
} {
  const always: Record<ChannelName, string[]> = {
    email,
    slack: slack ? ['PERENNIAL_ALERT_SLACK'] : [],
    teams: teams ? ['PERENNIAL_ALERT_TEAMS'] : [],
    webhook: webhook ? [webhookTarget('PERENNIAL_ALERT_WEBHOOK', 'PERENNIAL_ALERT_WEBHOOK_SECRET')] : [],
    pagerduty: pagerduty ? ['PERENNIAL_ALERT_PAGERDUTY'] : [],
  };
  const unset = (variable: string): string | null => (environment[variable] ? null : `${variable} is not set`);
  const lacksHook = (variable: string): string | null => {
    const missing = unset(variable);
    if (missing !== null) return missing;
    try {
      hookOf(environment, variable);
      return null;
    } catch {
      return `${variable} does not hold a web hook's address`;
    }
  };
  const lacking: Record<ChannelName, (target: string) => string | null> = {
    email: () => (smtpUrl === undefined ? 'no mail server is set (PERENNIAL_SMTP_URL)' : null),
    slack: lacksHook,
    teams: lacksHook,
    webhook(target) {
      const [address = '', secret = ''] = target.split('/');
      return lacksHook(address) ?? unset(secret);
    },
    pagerduty: unset,
  };
  return {
    lacks: ({ channel, target }) => lacking[channel](target),
    mail: smtpUrl !== undefined,
    channels: {
      email: linked(createMail({ url: smtpUrl, from: mailFrom }), publicUrl),
      slack: createSlack(environment, { privateHooks, publicUrl }),
      teams: createTeams(environment, { privateHooks, publicUrl }),
      webhook: createWebhook(environment, { privateHooks }),
      pagerduty: createPagerDuty(environment, { url: pagerdutyUrl, publicUrl, privateHooks }),
    },
    always: Object.entries(always).flatMap(([channel, targets]) =>
      targets.map((target) => ({ channel: channel as ChannelName, target })),
    ),
  };
}
