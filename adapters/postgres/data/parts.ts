import type { Part } from '../../../core/data/data.ts';
import type { OpenPart, Parts } from '../../../core/data/parts.ts';
import type { Database } from '../database.ts';
import { partsLock } from './parts-lock.ts';

export const partColumns = `p.id, extraction, number, kind, from_time as "from", to_time as "to", object_key as "objectKey", sha256, rows, bytes`;

export function createParts(database: Database): Parts {
  const find = async (extractions: string[]): Promise<Part[]> =>
    (
      await database.query<Part>(
        `select distinct on (extraction) ${partColumns} from parts p where extraction = any($1)
         order by extraction, number desc`,
        [extractions],
      )
    ).rows;

  return {
    find,

    async hold(pipeline, run) {
      // Waits for a removal under way; the next one sees the hold.
      await database.query(
        `insert into part_holds (run, pipeline)
         select $1, $2 from pg_advisory_xact_lock_shared(${partsLock('$2')})
         on conflict (run) do update set seen_at = now()`,
        [run, pipeline],
      );
    },

    async release(run) {
      await database.query('delete from part_holds where run = $1', [run]);
    },

    async record(pipeline, { extraction, number, kind, from, to, objectKey, sha256, rows, bytes }) {
      await database.query(
        `insert into parts (id, extraction, number, pipeline, kind, from_time, to_time, object_key, sha256, rows, bytes)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing`,
        [`${extraction}/${number}`, extraction, number, pipeline, kind, from, to, objectKey, sha256, rows, bytes],
      );
      return (await find([extraction]))[0]!;
    },

    async open(pipeline, { from, to }, { step, soon }) {
      const { rows } = await database.query<OpenPart>(
        `select extraction, from_time as "from", to_time as "to", rows from parts
         where pipeline = $1 and to_time > $2 and to_time <= $3 and kind = 'rows'
           and to_time - from_time < $4 * interval '1 millisecond'
           and ($5::bigint is null or created_at - to_time <= $5 * interval '1 millisecond')`,
        [pipeline, from, to, step, soon],
      );
      return rows;
    },

    async suspects(pipeline) {
      const { rows } = await database.query<{ part: string }>(
        `select part from snapshot_parts join snapshots s on s.id = snapshot
         where pipeline = $1 group by part
         having bool_or(status = 'quarantined') and not bool_or(status = 'published')`,
        [pipeline],
      );
      return rows.map((row) => row.part);
    },

    async noteCorrupt(objectKey) {
      await database.query(
        'insert into corrupt_parts (part) select id from parts where object_key = $1 on conflict do nothing',
        [objectKey],
      );
    },

    async noteWhole(objectKey) {
      await database.query('delete from corrupt_parts c using parts p where p.id = c.part and object_key = $1', [
        objectKey,
      ]);
    },

    async corrupt(pipeline) {
      const { rows } = await database.query<Part>(
        `select ${partColumns} from corrupt_parts c join parts p on p.id = c.part where pipeline = $1`,
        [pipeline],
      );
      return rows;
    },
  };
}
