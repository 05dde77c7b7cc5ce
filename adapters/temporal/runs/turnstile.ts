import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Sends one message at a time for each name, some milliseconds apart; callers that arrive meanwhile share the next one.
 * Only for messages that just say "look": their subject is stored before.
 */
export function createTurnstile<Message>(
  send: (name: string, message: Message) => Promise<unknown>,
  { merge, apartMs }: { merge: (one: Message, other: Message) => Message; apartMs: number },
): (name: string, message: Message) => Promise<void> {
  /** When the next may go, by name; resolves however the previous one ended. */
  const free = new Map<string, Promise<void>>();
  const waiting = new Map<string, { message: Message; sent: Promise<void> }>();

  async function inTurn(name: string): Promise<void> {
    await free.get(name);
    const { message } = waiting.get(name)!;
    waiting.delete(name);
    const sending = send(name, message).then(() => undefined);
    const again = sending
      .catch(() => undefined) // reported to the callers of that message
      .then(() => sleep(apartMs, undefined, { ref: false })) // a command may exit after its call
      .then(() => {
        if (free.get(name) === again) free.delete(name);
      });
    free.set(name, again);
    await sending;
  }

  return (name, message) => {
    const joined = waiting.get(name);
    if (joined) {
      joined.message = merge(joined.message, message);
      return joined.sent;
    }
    const mine = { message, sent: Promise.resolve() };
    waiting.set(name, mine);
    return (mine.sent = inTurn(name));
  };
}
