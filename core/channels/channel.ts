import type { Delivery } from '../alerts/deliveries.ts';

export type Message = Pick<Delivery, 'id' | 'alert' | 'target' | 'telling' | 'severity' | 'subject' | 'text' | 'facts'>;

/** A receiver that took no message, and asked to be left alone for so long. */
export class AskedToWait extends Error {
  override readonly name = 'AskedToWait';
  readonly waitMs: number;
  constructor(said: string, waitMs: number) {
    super(said);
    this.waitMs = waitMs;
  }
}

/** Sends a message; it can be sent twice, always with the same id. */
export interface Channel {
  send(message: Message): Promise<void>;
}
