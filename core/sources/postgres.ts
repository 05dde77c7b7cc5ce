import type { PlaceKind } from './place.ts';
import { secret, strict } from '../base/schema.ts';
import * as z from 'zod';

const tableName = z
  .string()
  .regex(
    /^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/i,
    'write "table" or "schema.table", in plain letters, digits and underscores; for another name make a view',
  );

/** A table of a Postgres. */
export const postgresPlace = { kind: z.literal('postgres'), connection: secret, table: tableName };

const place = strict(postgresPlace);
export const postgres: PlaceKind<z.infer<typeof place>> = { inWords: ({ table }) => table };
