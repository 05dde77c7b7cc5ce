import type { PlaceKind } from './place.ts';
import { secret, strict } from '../base/schema.ts';
import * as z from 'zod';

/** A paged list of a JSON API. */
export const httpPlace = {
  kind: z.literal('http'),
  /** The variable that holds the API's address, like https://api.example.com/v1 */
  connection: secret,
  path: z.string().regex(/^\/[^?#]*$/, 'write a path like "/readings"'),
  /** The variable that holds the token sent as "authorization: Bearer ...". */
  token: secret.optional(),
  /**
   * The fields of an answer that hold its rows, and what to send as "cursor" for the next page (null: it was the last).
   */
  rows: z.string().min(1).default('data'),
  next: z.string().min(1).default('next'),
  pageSize: z.int().min(1).max(100_000).default(1_000),
};

const place = strict(httpPlace);
export const http: PlaceKind<z.infer<typeof place>> = { inWords: ({ path }) => path };
