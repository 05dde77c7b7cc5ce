import { email } from './email.ts';
import { slack } from './slack.ts';
import type * as z from 'zod';

/** Every channel for alerts; adapters/channels/ has the senders. */
export const channelKinds = { email, slack };
export type ChannelName = keyof typeof channelKinds;
export const channelNames = Object.keys(channelKinds) as ChannelName[];

/** The declared targets of each channel. */
export const declaredChannels = { email: email.declared, slack: slack.declared } satisfies {
  [Name in ChannelName]: (typeof channelKinds)[Name]['declared'];
};
type Declared = z.infer<z.ZodObject<typeof declaredChannels>>;

/** Where a message goes: an address, or the name of the variable that holds a web hook's address (a secret). */
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
