import type { FailingTarget, Reach, Reaches } from '../../../core/alerts/reach.ts';
import type { Database } from '../database.ts';

/** Servers report twice a minute: after five they are gone. */
const RECENT = "interval '5 minutes'";
const FORGOTTEN = "interval '1 day'";
/** By then the first pauses have passed, more than a minute, which bridges a restart. */
const FAILING_AFTER = 5;

/** What servers said of whom they can send alerts to, by the database's clock. */
export const createReaches = (database: Database): Reaches => ({
  async report({ server, ...reach }) {
    await database.query(
      `with old as (delete from alert_reach where seen_at < now() - ${FORGOTTEN} and server <> $1)
       insert into alert_reach (server, reach) values ($1, $2)
       on conflict (server) do update set reach = excluded.reach, seen_at = now()`,
      [server, reach],
    );
  },

  async recent() {
    const { rows } = await database.query<{ server: string; reach: Omit<Reach, 'server'> }>(
      `select server, reach from alert_reach where seen_at > now() - ${RECENT} order by server`,
    );
    return rows.map(({ server, reach }) => ({ server, ...reach }));
  },

  async failing() {
    const { rows } = await database.query<FailingTarget>(
      `select d.channel, d.target, min(d.created_at) as since, max(d.attempts) as attempts, count(*)::int as messages,
         (array_agg(d.last_error order by d.attempts desc))[1] as error,
         array_remove(array_agg(distinct coalesce(a.pipeline, t.pipeline)), null) as pipelines
       from alert_deliveries d join alert_tellings t on t.id = d.telling left join alerts a on a.id = t.alert
       where d.delivered_at is null and d.given_up_at is null and d.attempts >= ${FAILING_AFTER}
         and d.last_error is not null
       group by d.channel, d.target order by d.channel, d.target`,
    );
    return rows;
  },
});
