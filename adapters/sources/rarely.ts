import { DAY, SECOND } from '../../core/time/time.ts';

/** What takes longer than this is done once a day. */
const SLOW = SECOND;

/** Remembers for a day what took long to find out, by name. */
export function createRarely<T>(now: () => number = Date.now) {
  const remembered = new Map<string, { until: number; found: T }>();
  return async function rarely(name: string, find: () => Promise<T>): Promise<T> {
    const began = now();
    const before = remembered.get(name);
    if (before && before.until > began) return before.found;
    const found = await find();
    for (const [old, { until }] of remembered) if (until <= began) remembered.delete(old);
    if (now() - began > SLOW) remembered.set(name, { until: began + DAY, found });
    else remembered.delete(name);
    return found;
  };
}
