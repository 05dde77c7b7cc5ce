import * as z from 'zod';

/** Plain-text mail to these addresses. */
export const email = {
  declared: z.array(z.email('write an address like "ml-team@example.com"')).default([]),
  targetsOf: (addresses: string[]): string[] => addresses,
  isSecret: false,
};
