import type { PlaceKind } from './place.ts';
import { strict } from '../base/schema.ts';
import * as z from 'zod';

/** A CSV file with a header. */
export const csvPlace = {
  kind: z.literal('csv'),
  /** Relative to the declaration's own file. */
  file: z.string().min(1),
};

const place = strict(csvPlace);
export const csv: PlaceKind<z.infer<typeof place>> = { inWords: ({ file }) => file };
