import type { Channel, Message } from '../../core/channels/channel.ts';

/** The console's page about a message: that of its alert. */
export function pageOf({ alert, facts }: Pick<Message, 'alert' | 'facts'>, publicUrl: string): string {
  if (alert !== null) return `${publicUrl}/alerts/${encodeURIComponent(alert)}`;
  return `${publicUrl}${facts?.pipeline == null ? '/alerts' : `/pipelines/${facts.pipeline}`}`;
}

/** Ends each message with the console's page about it, where people reach the console at an address. */
export function linked(channel: Channel, publicUrl: string | null): Channel {
  if (publicUrl === null) return channel;
  return {
    send: (message) =>
      channel.send({ ...message, text: `${message.text}\n\nIn the console: ${pageOf(message, publicUrl)}` }),
  };
}
