import type { Approval, Approvals, Decision } from '../../core/rollout/approvals.ts';
import { writeAudit } from './audit.ts';
import { transaction, type Database } from './database.ts';
import type { PoolClient } from 'pg';

const approvalColumns = `a.pipeline, a.version, a.cycle, a.training_run as "trainingRun", a.reason, a.asked_at as "askedAt",
  a.until, a.decision`;

export function createApprovals(database: Database): Approvals {
  async function said(client: Database | PoolClient, trainingRun: string): Promise<Decision | null> {
    const { rows } = await client.query<{ decision: Decision | null }>(
      'select decision from approvals where training_run = $1',
      [trainingRun],
    );
    return rows[0]?.decision ?? null;
  }

  return {
    async ask({ pipeline, version, cycle, trainingRun, reason, askedAt, until }) {
      return transaction(database, async (client) => {
        const { rowCount } = await client.query(
          `insert into approvals (training_run, pipeline, version, cycle, reason, asked_at, until)
           values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
          [trainingRun, pipeline, version, cycle, reason, askedAt, until],
        );
        if (rowCount === 1) {
          // A version staged earlier and never approved gives way.
          await client.query(
            `update model_versions set stage = case when version = $2 then 'staging' else 'archived' end
             where pipeline = $1 and ((version = $2 and stage = 'candidate') or (version <> $2 and stage = 'staging'))`,
            [pipeline, version],
          );
          const details = { version, cycle, until };
          await writeAudit(client, {
            who: `training run ${trainingRun}`,
            action: 'ask for approval',
            pipeline,
            details,
          });
        }
        const { rows } = await client.query<Approval>(
          `select ${approvalColumns} from approvals a where training_run = $1`,
          [trainingRun],
        );
        return rows[0]!;
      });
    },

    async decide(trainingRun, decision, from) {
      return transaction(database, async (client) => {
        const { rows: decided } = await client.query<{ pipeline: string; version: number }>(
          `update approvals set decision = $2 where training_run = $1 and decision is null and expired_at is null
           returning pipeline, version`,
          [trainingRun, decision],
        );
        for (const { pipeline, version } of decided) {
          const { approve, by, reason } = decision;
          const action = approve ? 'approve' : 'reject';
          await writeAudit(client, { who: by, from, action, pipeline, details: { version, trainingRun, reason } });
          if (!approve)
            await client.query(
              `update model_versions set stage = 'archived' where pipeline = $1 and version = $2 and stage = 'staging'`,
              [pipeline, version],
            );
        }
        return said(client, trainingRun);
      });
    },

    said: (trainingRun) => said(database, trainingRun),

    async expire(trainingRun, at) {
      await database.query(
        'update approvals set expired_at = $2 where training_run = $1 and decision is null and expired_at is null',
        [trainingRun, at],
      );
      return said(database, trainingRun);
    },

    async waiting(pipeline) {
      const { rows } = await database.query<Approval>(
        `select ${approvalColumns} from approvals a join cycles c on c.id = a.cycle
         where a.decision is null and a.expired_at is null and c.outcome is null and ($1::text is null or a.pipeline = $1) order by a.asked_at`,
        [pipeline ?? null],
      );
      return rows;
    },
  };
}
