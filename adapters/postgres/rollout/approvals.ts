import type { Approval, Approvals, Decision } from '../../../core/rollout/approvals.ts';
import { writeAudit } from '../audit.ts';
import { transaction, type Database } from '../database.ts';
import type { PoolClient } from 'pg';

const asked = `select a.rollout, r.pipeline, r.version, r.cycle, r.reason, a.asked_at as "askedAt", a.until, a.decision
  from approvals a join rollouts r on r.id = a.rollout`;

export function createApprovals(database: Database): Approvals {
  async function said(client: Database | PoolClient, rollout: string): Promise<Decision | null> {
    const { rows } = await client.query<{ decision: Decision | null }>(
      'select decision from approvals where rollout = $1',
      [rollout],
    );
    return rows[0]?.decision ?? null;
  }

  return {
    async ask({ rollout, askedAt, until }) {
      return transaction(database, async (client) => {
        const { rowCount } = await client.query(
          'insert into approvals (rollout, asked_at, until) values ($1, $2, $3) on conflict do nothing',
          [rollout, askedAt, until],
        );
        const { rows } = await client.query<Approval>(`${asked} where a.rollout = $1`, [rollout]);
        const approval = rows[0]!;
        if (rowCount === 1) {
          const { pipeline, version, cycle } = approval;
          // A version staged by a rollout that has ended gives way.
          await client.query(
            `update model_versions v set stage = case when version = $2 then 'staging' else 'archived' end
             where pipeline = $1 and ((version = $2 and stage <> 'production') or (version <> $2 and stage = 'staging'
               and not exists (select from rollouts r
                 where r.pipeline = $1 and r.version = v.version and r.outcome is null)))`,
            [pipeline, version],
          );
          const details = { version, cycle, until };
          await writeAudit(client, { who: `rollout ${rollout}`, action: 'ask for approval', pipeline, details });
        }
        return approval;
      });
    },

    async decide(rollout, decision, from) {
      return transaction(database, async (client) => {
        const { rows: decided } = await client.query<{ pipeline: string; version: number }>(
          `update approvals a set decision = $2 from rollouts r
           where r.id = $1 and a.rollout = r.id and a.decision is null and a.expired_at is null
           returning r.pipeline, r.version`,
          [rollout, decision],
        );
        for (const { pipeline, version } of decided) {
          const { approve, by, reason } = decision;
          const action = approve ? 'approve' : 'reject';
          await writeAudit(client, { who: by, from, action, pipeline, details: { version, rollout, reason } });
          if (!approve)
            await client.query(
              `update model_versions set stage = 'archived' where pipeline = $1 and version = $2 and stage = 'staging'`,
              [pipeline, version],
            );
        }
        return said(client, rollout);
      });
    },

    said: (rollout) => said(database, rollout),

    async expire(rollout, at) {
      await database.query(
        'update approvals set expired_at = $2 where rollout = $1 and decision is null and expired_at is null',
        [rollout, at],
      );
      return said(database, rollout);
    },

    async waiting(pipeline) {
      const { rows } = await database.query<Approval>(
        `${asked} where a.decision is null and a.expired_at is null and r.outcome is null and ($1::text is null or r.pipeline = $1)
         order by a.asked_at`,
        [pipeline ?? null],
      );
      return rows;
    },
  };
}
