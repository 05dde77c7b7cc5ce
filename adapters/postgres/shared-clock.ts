import type { SharedClock } from '../../core/time/clock.ts';
import { createClock } from '../machine/clock.ts';
import type { Database } from './database.ts';

/**
 * The simulated clock that a setting describes; otherwise the database's, which all machines of an installation share.
 */
export const createSharedClock = (database: Database, setting?: string): SharedClock => ({
  async read() {
    if (setting !== undefined) return createClock(setting);
    const { rows } = await database.query<{ now: string }>('select clock_timestamp() as now');
    const now = Date.parse(rows[0]!.now);
    return {
      now: () => new Date(now),
      millisecondsUntil: (time) => Math.max(0, Date.parse(time) - now),
    };
  },
});
