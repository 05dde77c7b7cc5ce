import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Sends one message at a time for each name, some milliseconds apart; who comes meanwhile shares the next with all who
 * wait. Only for messages that say no more than "look": what they are about is stored before.
 */
export function createTurnstile<Message>(
  send: (name: string, message: Message) => Promise<unknown>,
  { merge, apartMs }: { merge: (one: Message, other: Message) => Message; apartMs: number },
): (name: string, message: Message) => Promise<void> {
  /** When the next may go, by name; resolves however the one before ended. */
  const free = new Map<string, Promise<void>>();
  const waiting = new Map<string, { message: Message; sent: Promise<void> }>();

  async function inTurn(name: string): Promise<void> {
    await free.get(name);
    const { message } = waiting.get(name)!;
    waiting.delete(name);
    const sending = send(name, message).then(() => undefined);
    const again = sending
      .catch(() => undefined) // told to those whose message it was
      .then(() => sleep(apartMs, undefined, { ref: false })) // a command that has asked may end
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
