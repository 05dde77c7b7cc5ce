import type { Delivery } from '../alerts/deliveries.ts';

export type Message = Pick<Delivery, 'id' | 'alert' | 'target' | 'telling' | 'severity' | 'subject' | 'text' | 'facts'>;

/** Sends a message; it can be sent twice, always with the same id. */
export interface Channel {
  send(message: Message): Promise<void>;
}
