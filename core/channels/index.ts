import { email } from './email.ts';
import type { Heard } from './hears.ts';
import { pagerduty } from './pagerduty.ts';
import { slack } from './slack.ts';
import { teams } from './teams.ts';
import { webhook } from './webhook.ts';
import type * as z from 'zod';

/** Every channel for alerts; adapters/channels/ has the senders. */
export const channelKinds = { email, slack, teams, webhook, pagerduty };
export type ChannelName = keyof typeof channelKinds;
export const channelNames = Object.keys(channelKinds) as ChannelName[];

/** The declared targets of each channel. */
export const declaredChannels = {
  email: email.declared,
  slack: slack.declared,
  teams: teams.declared,
  webhook: webhook.declared,
  pagerduty: pagerduty.declared,
} satisfies { [Name in ChannelName]: (typeof channelKinds)[Name]['declared'] };
type Declared = z.infer<z.ZodObject<typeof declaredChannels>>;

/** Where a message goes: an address, or the names of variables that hold secrets. */
export interface Target {
  channel: ChannelName;
  target: string;
}

/** The recipients in a declaration. */
export const targetsOf = (declared: Declared): Target[] =>
  channelNames.flatMap((channel) => {
    const kind = channelKinds[channel] as { targetsOf(declared: unknown): string[] }; // each kind takes its own
    return kind.targetsOf(declared[channel]).map((target) => ({ channel, target }));
  });

/** Whether a target is sent messages of this kind. */
export const hears = ({ channel }: Target, message: Heard): boolean => channelKinds[channel].hears(message);
