import type { Config } from '../../core/base/settings/config.ts';
import type { Channel } from '../../core/channels/channel.ts';
import type { ChannelName, Target } from '../../core/channels/index.ts';
import { createMail } from './email.ts';
import { createSlack } from './slack.ts';

/** The sender of each channel, and the recipients of every alert, by the settings. */
export function createChannels(
  { smtpUrl, mailFrom, email, slack, privateHooks }: Config['alerts'],
  environment: Record<string, string | undefined>,
): { channels: Record<ChannelName, Channel>; always: Target[] } {
  const always: Record<ChannelName, string[]> = { email, slack: slack ? ['PERENNIAL_ALERT_SLACK'] : [] };
  return {
    channels: {
      email: createMail({ url: smtpUrl, from: mailFrom }),
      slack: createSlack(environment, { privateHooks }),
    },
    always: Object.entries(always).flatMap(([channel, targets]) =>
      targets.map((target) => ({ channel: channel as ChannelName, target })),
    ),
  };
}
