import { UserError } from '../../../core/base/errors/errors.ts';
import type { Part, Snapshot } from '../../../core/data/data.ts';
import type { Snapshots } from '../../../core/data/snapshots.ts';
import { writeAudit } from '../audit.ts';
import { lockPipeline } from '../lock-pipeline.ts';
import { transaction, type Database } from '../database.ts';
import { partColumns } from './parts.ts';
import type { PoolClient } from 'pg';

const snapshotColumns = 'id, pipeline, revision, as_of as "asOf", status, expectations, report_key as "reportKey"';

export function createSnapshots(database: Database): Snapshots {
  async function findOne(where: string, values: unknown[]): Promise<Snapshot | null> {
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

  async function get(id: string): Promise<Snapshot> {
    const found = await findOne('id = $1', [id]);
    if (found) return found;
    throw new UserError(
      'SNAPSHOT_MISSING',
      `There is no snapshot ${id}. To list snapshots: perennial snapshots PIPELINE`,
    );
  }

  return {
    get,

    async list(pipeline, limit) {
      const { rows } = await database.query<Omit<Snapshot, 'parts'> & { tags: string[] }>(
        `select ${snapshotColumns}, array(select tag from snapshot_tags t where t.snapshot = s.id order by 1) as tags,
           (select coalesce(sum(p.rows), 0)::bigint from snapshot_parts join parts p on p.id = part
            where snapshot = s.id and p.kind = 'rows') as rows
         from snapshots s where pipeline = $1 order by as_of desc, created_at desc limit $2`,
        [pipeline, limit],
      );
      return rows.map(({ tags, ...snapshot }) => (tags.length > 0 ? { ...snapshot, tags } : snapshot));
    },

    async record({ id, pipeline, revision, asOf }, parts) {
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
      return get(id);
    },

    async judge(id, { status, expectations, reportKey }) {
      await database.query(
        `update snapshots set status = $2, expectations = $3, report_key = $4 where id = $1 and status = 'assembled'`,
        [id, status, JSON.stringify(expectations), reportKey],
      );
      return get(id);
    },

    latest: (pipeline, asOf) =>
      findOne(`pipeline = $1 and status = 'published' and as_of <= $2 order by as_of desc, created_at desc limit 1`, [
        pipeline,
        asOf,
      ]),

    published: ({ name, revision }, asOf) =>
      findOne(
        `pipeline = $1 and revision = $2 and as_of = $3 and status = 'published' order by created_at desc limit 1`,
        [name, revision, asOf],
      ),

    tagged: (pipeline, tag) => taggedIn(database, pipeline, tag),

    tag: ({ pipeline, snapshot, tag, by: who, from }) =>
      transaction(database, async (client) => {
        await lockPipeline(client, pipeline);
        await refuseUnpublished(client, pipeline, snapshot);
        const before = await taggedIn(client, pipeline, tag);
        if (before === snapshot) return { before };
        await client.query(
          `insert into snapshot_tags (pipeline, tag, snapshot) values ($1, $2, $3)
           on conflict (pipeline, tag) do update set snapshot = excluded.snapshot`,
          [pipeline, tag, snapshot],
        );
        await writeAudit(client, { who, from, action: 'tag', pipeline, details: { tag, snapshot, before } });
        return { before };
      }),

    untag: ({ pipeline, snapshot, tag, by: who, from }) =>
      transaction(database, async (client) => {
        const { rowCount } = await client.query(
          'delete from snapshot_tags where pipeline = $1 and tag = $2 and snapshot = $3',
          [pipeline, tag, snapshot],
        );
        if (rowCount === 0) return false;
        await writeAudit(client, { who, from, action: 'untag', pipeline, details: { tag, snapshot } });
        return true;
      }),
  };
}

async function taggedIn(client: Database | PoolClient, pipeline: string, tag: string): Promise<string | null> {
  const { rows } = await client.query<{ snapshot: string }>(
    'select snapshot from snapshot_tags where pipeline = $1 and tag = $2',
    [pipeline, tag],
  );
  return rows[0]?.snapshot ?? null;
}

async function refuseUnpublished(client: PoolClient, pipeline: string, id: string): Promise<void> {
  const { rows } = await client.query<Pick<Snapshot, 'status'>>(
    'select status from snapshots where pipeline = $1 and id = $2',
    [pipeline, id],
  );
  const list = `List its snapshots with: perennial snapshots ${pipeline}`;
  if (!rows[0]) throw new UserError('SNAPSHOT_MISSING', `${pipeline} has no snapshot ${id}. ${list}`);
  if (rows[0].status !== 'published')
    throw new UserError(
      'REQUEST_INVALID',
      `Nothing was changed: snapshot ${id} is ${rows[0].status}, not published. ${list}`,
    );
}
