import type * as z from 'zod';

/**
 * Reads what may have been stored by a newer release: keys that this one does not know are left out, at any depth, and all
 * the rest is checked as ever.
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
