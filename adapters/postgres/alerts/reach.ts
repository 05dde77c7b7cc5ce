import type { FailingTarget, Reach, Reaches } from '../../../core/alerts/reach.ts';
import type { Database } from '../database.ts';

/** Servers report twice a minute: after five they are gone. */
export const RECENT = "interval '5 minutes'";
const SILENT = "interval '1 hour'";
const FORGOTTEN = "interval '1 day'";
/** By then the first pauses have passed, more than a minute, which bridges a restart. */
const FAILING_AFTER = 5;
/** A message that was given up says nothing any more of its recipient, to whom none was sent since. */
const TELLING = "interval '7 days'";

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

  async heard() {
    const { rows } = await database.query<{ server: string }>(
      `select server from alert_reach where seen_at > now() - ${SILENT}`,
    );
    return new Set(rows.map(({ server }) => server));
  },

  async failing() {
    const { rows } = await database.query<FailingTarget>(
      `with failed as (
         select d.* from alert_deliveries d
         where d.delivered_at is null and d.given_up_at is null and d.attempts >= ${FAILING_AFTER} and d.last_error is not null
         union all
         select d.* from alert_deliveries d join alert_tellings t on t.id = d.telling
         where d.delivered_at is null and d.given_up_at > now() - ${TELLING} and d.attempts >= ${FAILING_AFTER}
           and d.last_error is not null and t.telling <> 'test' and not exists (
             select from alert_deliveries e
             where e.channel = d.channel and e.target = d.target and e.delivered_at > d.given_up_at - interval '1 hour'))
       select d.channel, d.target, min(d.created_at) as since, max(d.attempts) as attempts, count(*)::int as messages,
         (array_agg(d.last_error order by d.attempts desc))[1] as error,
         bool_and(d.given_up_at is not null) as "givenUp",
         array_remove(array_agg(distinct coalesce(a.pipeline, t.pipeline)), null) as pipelines
       from failed d join alert_tellings t on t.id = d.telling left join alerts a on a.id = t.alert
       group by d.channel, d.target order by d.channel, d.target`,
    );
    return rows;
  },
});
