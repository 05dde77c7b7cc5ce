import { UserError } from '../../../core/base/errors/errors.ts';
import type { RetrainingLedger } from '../../../core/training/retraining/retraining-ledger.ts';
import type { BroughtModel, Cycle, RetrainRequest } from '../../../core/training/retraining/retraining.ts';
import { writeAudit } from '../audit.ts';
import { transaction, type Database } from '../database.ts';
import { lockPipeline } from '../lock-pipeline.ts';

export const requestColumns = `id, pipeline, reason, as_of as "asOf", detail, drift_since as "driftSince", brought`;
export const cycleColumns = `c.id, c.pipeline, c.reason, c.as_of as "asOf", c.drift_since as "driftSince", c.reopened, c.outcome,
  array(select r.id from requests r where r.cycle = c.id order by r.asked_at, r.id) as requests`;

export function createRetrainingLedger(database: Database): RetrainingLedger {
  return {
    async recordRequest(request) {
      const { rowCount } = await database.query(
        `insert into requests (id, pipeline, reason, as_of, detail, drift_since, brought, forced)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict do nothing`,
        [
          request.id,
          request.pipeline,
          request.reason,
          request.asOf,
          request.detail,
          request.driftSince,
          request.brought ?? null,
          request.force ?? null,
        ],
      );
      return rowCount === 1;
    },

    async openRequests(pipeline) {
      const { rows } = await database.query<RetrainRequest>(
        `select ${requestColumns} from requests where pipeline = $1 and cycle is null order by asked_at, id`,
        [pipeline],
      );
      return rows;
    },

    async recordWait(pipeline, { what, why, until, at }) {
      await database.query(
        `with open as (
           select id, what from retraining_waits where pipeline = $1 and cycle is null and ended_at is null
         ), kept as (
           update retraining_waits set why = $3, until = $4 where id in (select id from open where what = $2) returning id
         ), ended as (
           update retraining_waits set ended_at = $5 where id in (select id from open where what <> $2)
         )
         insert into retraining_waits (pipeline, what, why, from_time, until)
         select $1, $2, $3, $5, $4 where not exists (select from kept)`,
        [pipeline, what, why, until, at],
      );
    },

    async newRows(pipeline, unlabelledMs) {
      const { rows } = await database.query<{ fresh: number; then: number; labelled: number }>(
        `with last as (
           select training_set as set, (training_set -> 'splits' ->> 'from')::timestamptz as first,
             (training_set -> 'splits' ->> 'to')::timestamptz as past
           from training_runs where pipeline = $1 and training_set is not null order by as_of desc, created_at desc limit 1
         ), newest as (
           select id, as_of - $2 * interval '1 millisecond' as mature from snapshots
           where pipeline = $1 and status = 'published' order by as_of desc, created_at desc limit 1
         ), counted as (
           select p.rows * extract(epoch from greatest(least(to_time, mature) - greatest(from_time, past), interval '0'))
               / extract(epoch from to_time - from_time) as fresh,
             p.rows * extract(epoch from greatest(least(to_time, past) - greatest(from_time, first), interval '0'))
               / extract(epoch from to_time - from_time) as earlier
           from last, newest join snapshot_parts on snapshot = newest.id join parts p on p.id = part and kind = 'rows'
           where to_time > from_time
         )
         select sum(fresh)::float8 as fresh, sum(earlier)::float8 as "then",
           (select (select sum(value::float8) from jsonb_each_text(set -> 'rows'))
             + coalesce((set ->> 'embargoed')::float8, 0) + coalesce((set ->> 'seen')::float8, 0) from last) as labelled
         from counted having count(*) > 0`,
        [pipeline, unlabelledMs],
      );
      const [found] = rows;
      if (!found) return null;
      const share = found.then > 0 ? Math.min(1, found.labelled / found.then) : 1;
      return Math.round(found.fresh * share);
    },

    async openCycle(cycle) {
      return transaction(database, async (client) => {
        await lockPipeline(client, cycle.pipeline);
        // A late caller with an old decision finds it done, even if that cycle has ended since.
        const { rows: settled } = await client.query<Cycle>(
          `select ${cycleColumns} from cycles c where c.id = (select cycle from requests where id = $1)`,
          [cycle.requests[0] ?? null],
        );
        if (settled[0]) return settled[0];
        await client.query(
          `insert into cycles (id, pipeline, reason, as_of, drift_since) values ($1, $2, $3, $4, $5) on conflict do nothing`,
          [cycle.id, cycle.pipeline, cycle.reason, cycle.asOf, cycle.driftSince],
        );
        const { rows: open } = await client.query<{ id: string }>(
          'select id from cycles where id = $1 or (pipeline = $2 and outcome is null) order by id = $1 desc limit 1',
          [cycle.id, cycle.pipeline],
        );
        const id = open[0]?.id ?? cycle.id;
        await client.query('update requests set cycle = $1 where id = any($2) and cycle is null', [id, cycle.requests]);
        // People wait for nothing: what others still wait for is left to the cycle that settles them.
        await client.query(
          `update retraining_waits set cycle = $1, ended_at = coalesce(ended_at, greatest(from_time, $2))
           where pipeline = $3 and cycle is null and exists (select from requests where cycle = $1 and reason <> 'person')`,
          [id, cycle.asOf, cycle.pipeline],
        );
        const { rows } = await client.query<Cycle>(`select ${cycleColumns} from cycles c where c.id = $1`, [id]);
        return rows[0]!;
      });
    },

    async cycle(id) {
      const { rows } = await database.query<Cycle>(`select ${cycleColumns} from cycles c where c.id = $1`, [id]);
      if (rows[0]) return rows[0];
      throw new UserError(
        'CYCLE_UNKNOWN',
        `There is no cycle ${id}. To list a pipeline's cycles: perennial status PIPELINE`,
      );
    },

    async broughtIn(id) {
      const { rows } = await database.query<{ brought: BroughtModel }>(
        'select brought from requests where cycle = $1 and brought is not null',
        [id],
      );
      return rows[0]?.brought ?? null;
    },

    async forced(id) {
      const { rowCount } = await database.query('select from requests where cycle = $1 and forced limit 1', [id]);
      return rowCount === 1;
    },

    async onlyForDrift(id) {
      const { rows } = await database.query<{ only: boolean | null }>(
        `select bool_and(reason = 'drift') as only from requests where cycle = $1`,
        [id],
      );
      return rows[0]?.only ?? false;
    },

    async reopenCycle({ id, pipeline, reopened, outcome }, by) {
      await transaction(database, async (client) => {
        await lockPipeline(client, pipeline);
        const { rowCount } = await client.query(
          `update cycles set outcome = null, reopened = reopened + 1
           where id = $1 and reopened = $2 and outcome is not null
             and not exists (select from cycles where pipeline = $3 and outcome is null)`,
          [id, reopened, pipeline],
        );
        if (rowCount === 1)
          await writeAudit(client, { who: by, action: 'reopen', pipeline, details: { cycle: id, outcome } });
      });
    },

    async cancelledBy(pipeline, { workflowId, runId }) {
      const { rows } = await database.query<{ who: string }>(
        `select who from audit where pipeline = $1 and action = 'cancel' and details ->> 'workflowId' = $2
           and details ->> 'runId' = $3
         order by at desc limit 1`,
        [pipeline, workflowId, runId],
      );
      return rows[0]?.who ?? null;
    },

    async closeCycle(id, outcome, reopened = 0) {
      await database.query('update cycles set outcome = $2 where id = $1 and reopened = $3 and outcome is null', [
        id,
        outcome,
        reopened,
      ]);
    },

    async cycles(pipeline, limit) {
      const { rows } = await database.query<Cycle>(
        `select ${cycleColumns} from cycles c where c.pipeline = $1 order by c.as_of desc, c.opened_at desc limit $2`,
        [pipeline, limit],
      );
      return rows;
    },
  };
}
