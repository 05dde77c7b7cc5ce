import { UserError } from '../../../core/base/errors/errors.ts';
import { versionName } from '../../../core/base/ids.ts';
import { checkTags, type Described, type VersionNames } from '../../../core/training/versions/version-names.ts';
import { writeAudit } from '../audit.ts';
import { transaction, type Database } from '../database.ts';
import { lockPipeline } from '../lock-pipeline.ts';
import type { PoolClient } from 'pg';

export interface DescribedRow {
  aliases: string[];
  tags: Record<string, string>;
  note: string;
}
export const describedColumns = `v.tags, v.note,
  array(select a.alias from model_aliases a where a.pipeline = v.pipeline and a.version = v.version order by 1) as aliases`;
/** Without what is empty. */
export const describedOf = ({ aliases, tags, note }: DescribedRow): Described => ({
  ...(aliases.length > 0 && { aliases }),
  ...(Object.keys(tags).length > 0 && { tags }),
  ...(note !== '' && { note }),
});

export function createVersionNames(database: Database): VersionNames {
  const numberOf = async (client: Database | PoolClient, pipeline: string, alias: string): Promise<number | null> => {
    const values = [pipeline, alias];
    const { rows } = await client.query<{ version: number }>(
      'select version from model_aliases where pipeline = $1 and alias = $2',
      values,
    );
    return rows[0]?.version ?? null;
  };

  return {
    numberOf: (pipeline, alias) => numberOf(database, pipeline, alias),

    give: ({ pipeline, version, alias, by: who, from }) =>
      transaction(database, async (client) => {
        await lockPipeline(client, pipeline);
        await versionIn(client, pipeline, version);
        const before = await numberOf(client, pipeline, alias);
        if (before === version) return { before };
        await client.query(
          `insert into model_aliases (pipeline, alias, version) values ($1, $2, $3)
           on conflict (pipeline, alias) do update set version = excluded.version`,
          [pipeline, alias, version],
        );
        await writeAudit(client, { who, from, action: 'alias', pipeline, details: { alias, version, before } });
        return { before };
      }),

    take: ({ pipeline, version, alias, by: who, from }) =>
      transaction(database, async (client) => {
        const { rowCount } = await client.query(
          'delete from model_aliases where pipeline = $1 and alias = $2 and version = $3',
          [pipeline, alias, version],
        );
        if (rowCount === 0) return false;
        await writeAudit(client, { who, from, action: 'unalias', pipeline, details: { alias, version } });
        return true;
      }),

    describe: ({ pipeline, version, tags = {}, note, by: who, from }) =>
      transaction(database, async (client) => {
        await lockPipeline(client, pipeline);
        const before = await versionIn(client, pipeline, version);
        const changed = Object.fromEntries(
          Object.entries({ ...before.tags, ...tags }).flatMap(([name, value]) =>
            value === null ? [] : [[name, value]],
          ),
        ) as Record<string, string>;
        checkTags(changed);
        const after = { ...before, tags: changed, note: note ?? before.note };
        if (JSON.stringify(after) === JSON.stringify(before)) return describedOf(after);
        await client.query('update model_versions set tags = $3, note = $4 where pipeline = $1 and version = $2', [
          pipeline,
          version,
          after.tags,
          after.note,
        ]);
        await writeAudit(client, { who, from, action: 'describe', pipeline, details: { version, tags, note } });
        return describedOf(after);
      }),
  };
}

/** Throws MODEL_UNKNOWN. */
async function versionIn(client: PoolClient, pipeline: string, version: number): Promise<DescribedRow> {
  const { rows } = await client.query<DescribedRow>(
    `select ${describedColumns} from model_versions v where v.pipeline = $1 and v.version = $2`,
    [pipeline, version],
  );
  if (rows[0]) return rows[0];
  throw new UserError(
    'MODEL_UNKNOWN',
    `${pipeline} has no version ${versionName(version)}. List its versions with: perennial models ${pipeline}`,
  );
}
