import { forPeople } from './hears.ts';
import * as z from 'zod';

/** Mail to these addresses, as text and as HTML. */
export const email = {
  declared: z.array(z.email('write an address like "ml-team@example.com"')).default([]),
  targetsOf: (addresses: string[]): string[] => addresses,
  hears: forPeople,
  isSecret: false,
};
