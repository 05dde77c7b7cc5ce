import { closest } from './closest.ts';
import { durationPattern, milliseconds } from '../time/time.ts';
import { isZone, nearZones } from '../time/zones.ts';
import * as z from 'zod';

/**
 * An object that refuses unknown keys and lists the known ones.
 * @param words what to write in place of anything else; by default its keys
 */
export const strict = <Shape extends z.ZodRawShape>(shape: Shape, words?: string) => {
  const keys = Object.keys(shape);
  const needed = keys.filter((key) => !z.safeParse(shape[key]!, undefined).success);
  const withKeys = (input: unknown): string =>
    input === undefined && needed.length > 0
      ? `write an object with at least the keys ${needed.join(', ')}`
      : `write an object with the keys ${keys.join(', ')}`;
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `supported keys are: ${keys.join(', ')}${meant(issue.keys, keys, issue.input)}`
        : issue.code === 'invalid_type'
          ? (words ?? withKeys(issue.input))
          : undefined,
  });
};

/** Keys that are there already are not meant. */
function meant(unknown: readonly string[], known: readonly string[], input: unknown): string {
  const missing = known.filter((key) => !Object.hasOwn(input as object, key));
  const near = new Set(unknown.flatMap((key) => closest(key, missing) ?? []));
  return near.size === 0 ? '' : `; did you mean ${[...near].map((key) => `"${key}"`).join(', ')}?`;
}

export const share = z.number().min(0, 'write a share from 0 to 1').max(1, 'write a share from 0 to 1');
export const duration = z.string().regex(durationPattern, {
  message: 'write a duration like "90 minutes", "24 hours" or "7 days"',
  abort: true, // the next check calculates with it
});
/** A duration that must not be zero: something is cut into pieces of it, or read by it. */
export const stretch = duration.refine((text) => milliseconds(text) > 0, {
  message: 'write a duration above zero',
  abort: true,
});
/** A name of the IANA time zone database. */
export const zone = z.string('name a time zone, like "Europe/Berlin"').refine(isZone, {
  error: ({ input }) => `there is no such time zone; near are ${nearZones(String(input)).join(', ')}`,
});
/** Reports, pages and messages show its counts but none of its values. */
export const sensitive = z.boolean().optional();
/** false: kept with the rows for slices, groups and fairness, but no model learns from it and no request needs it. */
export const feature = z.boolean().optional();
/** The name of a column in a table, an API or a file; case matters. */
export const columnName = z
  .string()
  .min(1, 'write the name of a column')
  .max(200, 'write at most 200 characters')
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'write a name without control characters');
export const secret = strict(
  { env: z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'name a variable like "FRAUD_DB_URL"') },
  "name the variable that holds it, like env('FRAUD_DB_URL')",
);
export type Secret = z.infer<typeof secret>;
