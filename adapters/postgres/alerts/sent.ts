import {
  BY_HAND,
  type AlertsTold,
  type DoneToAlert,
  type Sent,
  type SentMessage,
  type Unsent,
} from '../../../core/alerts/sent.ts';
import { asksToDecide, type Alert } from '../../../core/alerts/alerts.ts';
import type { Database } from '../database.ts';
import { RECENT } from './reach.ts';

const MOST_MESSAGES = 100;

/** What was done, by the action's name in the audit. */
const actions: Record<string, DoneToAlert['what']> = {
  'acknowledge alert': 'acknowledged',
  'silence alert': 'silenced',
  'unsilence alert': 'unsilenced',
  'resolve alert': 'resolved',
};

/** Reads who was told of alerts, and what people did about them. */
export function createAlertsTold(database: Database): AlertsTold {
  /** By alert, or by message. */
  async function sentBy<Key extends string | number>(
    of: 't.alert' | 't.id',
    keys: readonly Key[],
  ): Promise<ReadonlyMap<Key, Sent>> {
    if (keys.length === 0) return new Map();
    const [counted, failing] = await Promise.all([
      database.query<Omit<Sent, 'failing'> & { key: Key }>(
        `select ${of} as key, count(d.delivered_at)::int as arrived, max(d.delivered_at) as "lastAt",
           (array_agg(coalesce(t.severity, a.severity) order by d.delivered_at desc, t.id desc)
             filter (where d.delivered_at is not null))[1] as "lastSeverity",
           (count(*) filter (where d.id is not null and d.delivered_at is null and d.last_error is null)
             + count(distinct t.id) filter (where not t.addressed))::int as waiting,
           max(t.held_until) filter (where not t.addressed) as "heldUntil",
           bool_and(coalesce(
               case when a.pipeline is null
                 then (select bool_or(reach -> 'digestAlone' = 'true') from alert_reach where seen_at > now() - ${RECENT})
                 else r.declaration #> '{notifications,digest,alone}' = 'true' end, false)
             and coalesce(t.severity, a.severity) <> 'critical' and a.kind <> all($2)) as "inDigest"
         from alert_tellings t left join alert_deliveries d on d.telling = t.id join alerts a on a.id = t.alert
           left join pipelines p on p.name = a.pipeline
           left join revisions r on r.pipeline = p.name and r.revision = p.revision
         where ${of} = any($1) group by ${of}`,
        [keys, asksToDecide],
      ),
      // A later message that arrived shows that the recipient can be reached again.
      database.query<Unsent & { key: Key }>(
        `select distinct on (${of}, d.channel, d.target) ${of} as key, d.channel, d.target, d.attempts,
           d.last_error as error, d.given_up_at is not null as "givenUp"
         from alert_tellings t join alert_deliveries d on d.telling = t.id
         where ${of} = any($1) and d.delivered_at is null and d.last_error is not null and not exists (
           select from alert_tellings u join alert_deliveries e on e.telling = u.id
           where u.alert = t.alert and e.channel = d.channel and e.target = d.target and e.telling > d.telling
             and e.delivered_at is not null)
         order by ${of}, d.channel, d.target, d.attempts desc`,
        [keys],
      ),
    ]);
    return new Map(
      counted.rows.map(({ key, ...counts }) => [
        key,
        { ...counts, failing: failing.rows.flatMap(({ key: its, ...one }) => (its === key ? [one] : [])) },
      ]),
    );
  }

  async function done({ id, fingerprint, pipeline }: Parameters<AlertsTold['storyOf']>[0]): Promise<DoneToAlert[]> {
    const { rows } = await database.query<Omit<DoneToAlert, 'what'> & { action: string }>(
      `select at, who as by, action, details ->> 'until' as until, details ->> 'reason' as reason from audit
       where (pipeline = $1 or ($1::text is null and pipeline is null)) and action = any($2) and details ->> 'alert' = $3
         and at >= (select min(o.at) from alert_occasions o where o.fingerprint = $4 and o.alert = $3)
       order by id`,
      [pipeline, Object.keys(actions), id, fingerprint],
    );
    return rows.map(({ action, reason, ...of }) => ({
      ...of,
      what: actions[action]!,
      reason: reason === BY_HAND ? null : (reason?.replace(`${BY_HAND}: `, '') ?? null),
    }));
  }

  return {
    sent: (alerts) => sentBy('t.alert', alerts),
    sentOf: (tellings) => sentBy('t.id', tellings),
    async storyOf(alert) {
      const [messages, did, around, held] = await Promise.all([
        database.query<SentMessage>(
          `select d.id, t.telling, coalesce(t.severity, a.severity) as severity, d.channel, d.target, d.attempts,
             d.created_at as "createdAt", d.last_error as "lastError", d.delivered_at as "deliveredAt",
             d.given_up_at as "givenUpAt"
           from alert_tellings t join alert_deliveries d on d.telling = t.id join alerts a on a.id = t.alert
           where t.alert = $1 order by t.id desc, d.channel, d.target limit ${MOST_MESSAGES}`,
          [alert.id],
        ),
        done(alert),
        database.query<Pick<Alert, 'id' | 'summary'>>(
          `select id, summary from alerts where id = $2 or (under = $1 and resolved_at is null) order by opened_at, id`,
          [alert.id, alert.under],
        ),
        database.query<{ until: string | null }>(
          'select max(held_until) as until from alert_tellings where alert = $1 and not addressed',
          [alert.id],
        ),
      ]);
      return {
        messages: messages.rows,
        done: did,
        cause: around.rows.find(({ id }) => id === alert.under) ?? null,
        explains: around.rows.filter(({ id }) => id !== alert.under),
        heldUntil: held.rows[0]?.until ?? null,
      };
    },
  };
}
