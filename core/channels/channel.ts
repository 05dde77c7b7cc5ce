import type { Delivery } from '../alerts/deliveries.ts';

/** Sends a message; it can be sent twice, always with the same id. */
export interface Channel {
  send(message: Pick<Delivery, 'id' | 'alert' | 'target' | 'subject' | 'text'>): Promise<void>;
}
