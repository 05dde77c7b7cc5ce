import type * as z from 'zod';

/**
 * Reads data that a newer release may have stored: it ignores keys that this release does not know, at any depth, and
 * checks all the rest.
 */
export function parseStored<T>(schema: z.ZodType<T>, stored: unknown): z.ZodSafeParseResult<T> {
  const known = structuredClone(stored);
  for (;;) {
    const parsed = schema.safeParse(known);
    const unknown = parsed.error?.issues.filter((issue) => issue.code === 'unrecognized_keys') ?? [];
    if (unknown.length === 0) return parsed;
    for (const { path, keys } of unknown) {
      const holder = path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)[key], known);
      for (const key of keys) delete (holder as Record<string, unknown>)[key];
    }
  }
}
