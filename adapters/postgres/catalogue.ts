import type { Binning } from '../../core/data/binning.ts';
import type { Part, Snapshot } from '../../core/data/data.ts';
import { UserError } from '../../core/base/errors.ts';
import { contentId } from '../../core/base/ids.ts';
import type { Catalogue } from '../../core/data/catalogue.ts';
import type { Profile } from '../../core/data/profile.ts';
import type { Instant } from '../../core/time/time.ts';
import { transaction, type Database } from './database.ts';
import { partsLock } from './parts-lock.ts';

const partColumns = `p.id, extraction, number, kind, from_time as "from", to_time as "to", object_key as "objectKey", sha256, rows, bytes`;

const snapshotColumns = 'id, pipeline, revision, as_of as "asOf", status, expectations, report_key as "reportKey"';

export function createCatalogue(database: Database): Catalogue {
  async function findSnapshot(where: string, values: unknown[]): Promise<Snapshot | null> {
    const { rows } = await database.query<Omit<Snapshot, 'parts' | 'rows'>>(
      `select ${snapshotColumns} from snapshots where ${where}`,
      values,
    );
    if (!rows[0]) return null;
    const parts = await database.query<Part>(
      `select ${partColumns} from snapshot_parts join parts p on p.id = part where snapshot = $1 order by position`,
      [rows[0].id],
    );
    const counted = parts.rows.filter((part) => part.kind === 'rows').reduce((sum, part) => sum + part.rows, 0);
    return { ...rows[0], parts: parts.rows, rows: counted };
  }

  async function snapshot(id: string): Promise<Snapshot> {
    const found = await findSnapshot('id = $1', [id]);
    if (found) return found;
    throw new UserError(
      'SNAPSHOT_MISSING',
      `There is no snapshot ${id}. List what there is with: perennial snapshots PIPELINE`,
    );
  }

  const findParts = async (extractions: string[]): Promise<Part[]> =>
    (
      await database.query<Part>(
        `select distinct on (extraction) ${partColumns} from parts p where extraction = any($1)
         order by extraction, number desc`,
        [extractions],
      )
    ).rows;

  const binnings = async (pipeline: string): Promise<Binning[]> =>
    (
      await database.query<Binning>('select id, columns from binnings where pipeline = $1 order by created_at desc', [
        pipeline,
      ])
    ).rows;

  return {
    findParts,
    snapshot,

    async holdParts(pipeline, run) {
      // Waits for a removal under way; the next one sees the hold.
      await database.query(
        `insert into part_holds (run, pipeline)
         select $1, $2 from pg_advisory_xact_lock_shared(${partsLock('$2')})
         on conflict (run) do update set seen_at = now()`,
        [run, pipeline],
      );
    },

    async releaseParts(run) {
      await database.query('delete from part_holds where run = $1', [run]);
    },

    async snapshots(pipeline, limit) {
      const { rows } = await database.query<Omit<Snapshot, 'parts'>>(
        `select ${snapshotColumns},
           (select coalesce(sum(p.rows), 0)::bigint from snapshot_parts join parts p on p.id = part
            where snapshot = s.id and p.kind = 'rows') as rows
         from snapshots s where pipeline = $1 order by as_of desc, created_at desc limit $2`,
        [pipeline, limit],
      );
      return rows;
    },

    async recordPart(pipeline, { extraction, number, kind, from, to, objectKey, sha256, rows, bytes }) {
      await database.query(
        `insert into parts (id, extraction, number, pipeline, kind, from_time, to_time, object_key, sha256, rows, bytes)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing`,
        [`${extraction}/${number}`, extraction, number, pipeline, kind, from, to, objectKey, sha256, rows, bytes],
      );
      return (await findParts([extraction]))[0]!;
    },

    async recordSnapshot({ id, pipeline, revision, asOf }, parts) {
      await transaction(database, async (client) => {
        const { rowCount } = await client.query(
          `insert into snapshots (id, pipeline, revision, as_of, status) values ($1, $2, $3, $4, 'assembled')
           on conflict do nothing`,
          [id, pipeline, revision, asOf],
        );
        if (rowCount === 0) return;
        await client.query(
          `insert into snapshot_parts (snapshot, part, position)
           select $1, part, position from unnest($2::text[]) with ordinality as listed (part, position)`,
          [id, parts.map((part) => part.id)],
        );
      });
      return snapshot(id);
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

    async judgeSnapshot(id, { status, expectations, reportKey }) {
      await database.query(
        `update snapshots set status = $2, expectations = $3, report_key = $4 where id = $1 and status = 'assembled'`,
        [id, status, JSON.stringify(expectations), reportKey],
      );
      return snapshot(id);
    },

    latestSnapshot: (pipeline, asOf) =>
      findSnapshot(
        `pipeline = $1 and status = 'published' and as_of <= $2 order by as_of desc, created_at desc limit 1`,
        [pipeline, asOf],
      ),

    publishedSnapshot: ({ name, revision }, asOf) =>
      findSnapshot(
        `pipeline = $1 and revision = $2 and as_of = $3 and status = 'published' order by created_at desc limit 1`,
        [name, revision, asOf],
      ),

    binnings,
    binning: async (pipeline) => (await binnings(pipeline))[0] ?? null,

    async newestCounted(pipeline, binning) {
      const { rows } = await database.query<{ asOf: Instant | null }>(
        `select max(as_of) as "asOf" from profiles join snapshots s on subject = 'snapshot/' || s.id
         where profiles.pipeline = $1 and binning = $2`,
        [pipeline, binning],
      );
      return rows[0]!.asOf;
    },

    async recordBinning(pipeline, columns) {
      const id = contentId(columns);
      // Bins that the pipeline had before become its current ones again.
      await database.query(
        `insert into binnings (id, pipeline, columns) values ($1, $2, $3)
         on conflict (pipeline, id) do update set created_at = excluded.created_at`,
        [id, pipeline, columns],
      );
      return { id, columns };
    },

    async findProfile(pipeline, subject, binning) {
      const { rows } = await database.query<{ profile: Profile }>(
        'select profile from profiles where pipeline = $1 and subject = $2 and binning = $3',
        [pipeline, subject, binning],
      );
      return rows[0]?.profile ?? null;
    },

    async recordProfile(pipeline, subject, profile) {
      await database.query(
        `insert into profiles (pipeline, subject, binning, profile) values ($1, $2, $3, $4) on conflict do nothing`,
        [pipeline, subject, profile.binning, profile],
      );
    },
  };
}
