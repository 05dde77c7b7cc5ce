import type { Delivery } from '../alerts/deliveries.ts';

/** Sends a message; may send it twice, always with the same id. */
export interface Channel {
  send(message: Pick<Delivery, 'id' | 'alert' | 'target' | 'subject' | 'text'>): Promise<void>;
}
