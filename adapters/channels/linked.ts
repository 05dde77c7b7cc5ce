import type { Channel } from '../../core/channels/channel.ts';

/** Ends each message with the console's page about it, where people reach the console at an address. */
export function linked(channel: Channel, publicUrl: string | null): Channel {
  if (publicUrl === null) return channel;
  return {
    send(message) {
      const { pipeline = null } = message.facts ?? {};
      const page = pipeline === null ? '/alerts' : `/pipelines/${pipeline}`;
      return channel.send({ ...message, text: `${message.text}\n\nIn the console: ${publicUrl}${page}` });
    },
  };
}
