import type { AutomationLedger, AutomationRun } from '../../core/automations/automations.ts';
import type { Occurred } from '../../core/automations/events/index.ts';
import { shown } from '../../core/base/errors/shown.ts';
import { transaction, type Database } from './database.ts';
import { lockPipeline } from './lock-pipeline.ts';

const columns = 'id, pipeline, kind, at, facts';

export function createAutomationLedger(database: Database): AutomationLedger {
  return {
    async unseen(pipelines, limit) {
      await database.query(
        'update events set looked_at = now() where looked_at is null and pipeline <> all($1::text[])',
        [pipelines],
      );
      const { rows } = await database.query<Occurred>(
        `select ${columns} from events where looked_at is null and pipeline = any($1::text[]) order by id limit $2`,
        [pipelines, limit],
      );
      return rows;
    },

    async seen(events) {
      await database.query('update events set looked_at = now() where id = any($1::bigint[])', [events]);
    },

    async latest(pipeline, limit) {
      const { rows } = await database.query<Occurred>(
        `select ${columns} from events where pipeline = $1 order by id desc limit $2`,
        [pipeline, limit],
      );
      return rows.reverse();
    },

    take: ({ pipeline, automation, event, at, since, caused }) =>
      transaction(database, async (client) => {
        // Two servers may look at two events at once.
        await lockPipeline(client, pipeline);
        const { rows } = await client.query<{ state: 'taken' | 'cooling' }>(
          `insert into automation_runs (pipeline, automation, event, at, state)
           select $1, $2, $3, $4, case when exists (
             select from automation_runs where pipeline = $1 and automation = $2 and state <> 'cooling'
               and (at > $5 or at between $6 and $7)
           ) then 'cooling' else 'taken' end
           on conflict do nothing returning state`,
          [pipeline, automation, event, at, since, caused.from, caused.to],
        );
        return rows[0]?.state ?? 'known';
      }),

    async end({ pipeline, automation, event, state, says }) {
      await database.query(
        'update automation_runs set state = $4, says = $5 where pipeline = $1 and automation = $2 and event = $3',
        [pipeline, automation, event, state, shown(says)],
      );
    },

    async lost(pipelines) {
      // An event is seen once its automations have acted, or when another server looks at it meanwhile. By the database's
      // clock: the loops' may be a simulated one.
      const { rows } = await database.query<Occurred & { automation: string }>(
        `select automation, id, events.pipeline, kind, events.at, facts
         from automation_runs join events on id = event
         where state = 'taken' and looked_at < now() - interval '2 minutes' and events.pipeline = any($1::text[])
         order by id, automation`,
        [pipelines],
      );
      return rows.map(({ automation, ...event }) => ({ automation, event }));
    },

    async runs(pipeline, events) {
      const { rows } = await database.query<AutomationRun>(
        `select automation, event, at, state, says from automation_runs
         where pipeline = $1 and event = any($2::bigint[]) order by at, automation`,
        [pipeline, events],
      );
      return rows;
    },

    async prune() {
      await database.query(`delete from events where recorded_at < now() - interval '31 days'`);
    },
  };
}
