import type { Channel, Message } from '../../core/channels/channel.ts';

/** The console's page about a message. */
export function pageOf({ facts }: Pick<Message, 'facts'>, publicUrl: string): string {
  const { pipeline = null } = facts ?? {};
  return `${publicUrl}${pipeline === null ? '/alerts' : `/pipelines/${pipeline}`}`;
}

/** Ends each message with the console's page about it, where people reach the console at an address. */
export function linked(channel: Channel, publicUrl: string | null): Channel {
  if (publicUrl === null) return channel;
  return {
    send: (message) =>
      channel.send({ ...message, text: `${message.text}\n\nIn the console: ${pageOf(message, publicUrl)}` }),
  };
}
