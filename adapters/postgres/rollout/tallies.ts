import { addTallies, type ArmTally, type Tallies } from '../../../core/rollout/evidence/tally.ts';
import type { Database } from '../database.ts';

export function createTallies(database: Database): Tallies {
  return {
    async record(replica, totals) {
      await database.query(
        `insert into arm_tallies (pipeline, generation, version, replica, tally)
         select pipeline, generation, version, $1, tally
         from jsonb_to_recordset($2::jsonb) as t (pipeline text, generation int, version int, tally jsonb)
         on conflict (pipeline, generation, version, replica) do update set tally = excluded.tally, told_at = now()`,
        [replica, JSON.stringify(totals)],
      );
    },

    async keep(scores) {
      await database.query(
        `insert into shadow_scores (pipeline, generation, version, prediction, time, score, probabilities)
         select pipeline, generation, version, id, time, score, probabilities from jsonb_to_recordset($1::jsonb)
           as s (pipeline text, generation int, version int, id uuid, time timestamptz, score float8,
                 probabilities jsonb)
         on conflict do nothing`,
        [JSON.stringify(scores)],
      );
    },

    async of(pipeline, generation) {
      const { rows } = await database.query<ArmTally>(
        'select pipeline, generation, version, tally from arm_tallies where pipeline = $1 and generation = $2',
        [pipeline, generation],
      );
      const byVersion = new Map<number, ArmTally>();
      for (const row of rows) {
        const sum = byVersion.get(row.version);
        byVersion.set(row.version, sum ? { ...sum, tally: addTallies(sum.tally, row.tally) } : row);
      }
      return [...byVersion.values()].sort((a, b) => a.version - b.version);
    },
  };
}
