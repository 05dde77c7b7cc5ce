import { createHmac, timingSafeEqual } from 'node:crypto';
import type * as z from 'zod';

/** Values that travel in cookies, and come back as they left or not at all. Anybody can read them. */
export interface Seal<T> {
  close(value: T): string;
  /** null: somebody else made it, or it is not of this kind. */
  open(text: string): T | null;
}

/** `purpose`: a value sealed for one is worth nothing for another. */
export function createSeal<T>(secret: string, purpose: string, schema: z.ZodType<T>): Seal<T> {
  const sign = (body: string): Buffer => createHmac('sha256', secret).update(`${purpose} ${body}`).digest();
  return {
    close(value) {
      const body = Buffer.from(JSON.stringify(value)).toString('base64url');
      return `${body}.${sign(body).toString('base64url')}`;
    },
    open(text) {
      const [body = '', signature = ''] = text.split('.');
      const [offered, right] = [Buffer.from(signature, 'base64url'), sign(body)];
      if (offered.length !== right.length || !timingSafeEqual(offered, right)) return null;
      return schema.safeParse(JSON.parse(Buffer.from(body, 'base64url').toString('utf8'))).data ?? null;
    },
  };
}
