import { INSTALLATION_COOLDOWN } from '../../core/alerts/alerts.ts';
import { databaseGoneAlert } from '../../core/alerts/rules/load-alerts.ts';
import { type Clock } from '../../core/time/clock.ts';
import { instant, MINUTE, SECOND, type Instant } from '../../core/time/time.ts';
import { type Conditions } from './conditions.ts';
import { type Direct } from './direct.ts';

const DATABASE_PATIENCE = MINUTE;
/** What an outage broke shows itself within this time, and is listed under it. */
const OVER_AFTER = 10 * MINUTE;

export interface DatabaseWatchParts {
  database: { readonly reachable: boolean };
  direct: Direct;
  conditions: Conditions;
  clock: Clock;
  machine: () => number;
}

/** Tells the installation's recipients directly while no alert can be stored, and stores one when it can be again. */
export function watchDatabase({ database, direct, conditions, clock, machine }: DatabaseWatchParts) {
  let outage: { since: number; from: Instant } | null = null;
  let over: { since: number; alert: ReturnType<typeof databaseGoneAlert> | null } | null = null;

  return {
    async look(): Promise<void> {
      if (!database.reachable) {
        outage ??= { since: machine(), from: instant(clock.now()) };
        const ms = machine() - outage.since;
        if (ms >= DATABASE_PATIENCE) direct.tell(outage.from, Math.round(ms / SECOND));
        return;
      }
      if (outage) {
        const seconds = Math.round((machine() - outage.since) / SECOND);
        const to = instant(clock.now());
        const lasted = machine() - outage.since >= DATABASE_PATIENCE;
        if (lasted) over = { since: machine(), alert: databaseGoneAlert({ from: outage.from, to, seconds }) };
        outage = null;
      }
      if (over?.alert && (await conditions.bad(over.alert, INSTALLATION_COOLDOWN))) over.alert = null;
      if (over === null || machine() - over.since >= OVER_AFTER) {
        await conditions.good('database-gone', 'the database has answered for ten minutes');
        over = null;
        direct.over(instant(clock.now()));
      }
    },
  };
}
