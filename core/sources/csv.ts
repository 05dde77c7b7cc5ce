import type { PlaceKind } from './place.ts';
import { strict } from '../base/schema.ts';
import * as z from 'zod';

/** A CSV file with a header. */
export const csvPlace = {
  kind: z.literal('csv'),
  /** Relative to the declaration's own file. */
  file: z.string().min(1),
  /** Numbers have a comma before their decimals, and may have points between thousands: "1.234,50". */
  decimal: z.literal(',', "write ',', or leave it out where numbers have a point").optional(),
  /** How times are written where not as 2026-01-31 12:00, by the letters of strptime; without a zone, so in UTC. */
  timeFormat: z
    .string()
    .regex(/^(?:[^%]|%-?[dmbByYHIpMSf])+$/, 'use %d %m %b %B %y %Y %H %I %p %M %S %f, like "%d/%m/%Y %H:%M"')
    .refine((format) => [/%-?d/, /%-?[mbB]/, /%-?[yY]/].every((part) => part.test(format)), {
      error: 'name the day, the month and the year, like "%d/%m/%Y %H:%M"',
    })
    .optional(),
  /** Texts that stand for no value, beside nothing at all. */
  nullText: z.array(z.string().min(1)).min(1).max(20).optional(),
};

const place = strict(csvPlace);
export const csv: PlaceKind<z.infer<typeof place>> = { inWords: ({ file }) => file };
