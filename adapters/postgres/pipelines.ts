import type { Way } from '../../core/access/actor.ts';
import { closest } from '../../core/base/closest.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { contentId } from '../../core/base/ids.ts';
import { parseStoredPipeline, toStore, type Pipeline, type PipelineRef } from '../../core/declaration/pipeline.ts';
import type { Pipelines, StoredLabel } from '../../core/declaration/pipelines.ts';
import type { LoggedShare } from '../../core/drift/volume/logged-shares.ts';
import { writeAudit } from './audit.ts';
import { transaction, type Database } from './database.ts';

/** A check reads its declaration several times, at half a millisecond of parsing each; a list of pipelines reads all. */
const MOST_KEPT = 2_000;

export function createPipelines(database: Database): Pipelines {
  /** A revision is named by the hash of its content, so it is the same in any database. The least recently read first. */
  const kept = new Map<string, Pipeline>();
  const keep = (key: string, pipeline: Pipeline): void => {
    kept.delete(key);
    kept.set(key, pipeline);
    if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value!);
  };

  const keyOf = ({ name, revision }: PipelineRef): string => `${name}/${revision}`;
  const recall = (ref: PipelineRef): Pipeline | null => {
    const known = kept.get(keyOf(ref));
    if (!known) return null;
    keep(keyOf(ref), known);
    return structuredClone(known);
  };
  const parseOnce = (stored: unknown, ref: PipelineRef): Pipeline => {
    const pipeline = parseStoredPipeline(stored, ref);
    keep(keyOf(ref), structuredClone(pipeline));
    return pipeline;
  };

  const readable = (stored: unknown, ref: PipelineRef): Pipeline | null => {
    try {
      return recall(ref) ?? parseOnce(stored, ref);
    } catch (error) {
      if (error instanceof UserError) return null;
      throw error;
    }
  };

  const list = async (): Promise<PipelineRef[]> =>
    (await database.query<PipelineRef>('select name, revision from pipelines order by name')).rows;

  const unknown = async (name: string): Promise<UserError> => {
    const known = (await list()).map((ref) => ref.name);
    const which = known.length > 0 ? `These are applied: ${known.join(', ')}.` : 'None is applied yet.';
    const near = known.includes(name) ? null : closest(name, known);
    const apply = 'Apply it with: perennial apply';
    const next = near === null ? apply : `Did you mean "${near}"?`;
    return new UserError('PIPELINE_UNKNOWN', `There is no pipeline "${name}". ${which} ${next}`);
  };

  return {
    list,

    async apply(pipeline: Pipeline, by: string, from?: Way) {
      const stored = toStore(pipeline);
      const revision = contentId(stored);
      return transaction(database, async (client) => {
        await client.query(
          `insert into revisions (pipeline, revision, declaration, created_by) values ($1, $2, $3, $4)
           on conflict do nothing`,
          [pipeline.name, revision, stored, by],
        );
        const { rowCount } = await client.query(
          `insert into pipelines (name, revision) values ($1, $2)
           on conflict (name) do update set revision = excluded.revision, applied_at = now()
           where pipelines.revision <> excluded.revision`,
          [pipeline.name, revision],
        );
        const changed = rowCount === 1;
        if (changed)
          await writeAudit(client, { who: by, from, action: 'apply', pipeline: pipeline.name, details: { revision } });
        return { ref: { name: pipeline.name, revision }, changed };
      });
    },

    async declaration(ref) {
      const known = recall(ref);
      if (known) return known;
      const { rows } = await database.query<{ declaration: unknown }>(
        'select declaration from revisions where pipeline = $1 and revision = $2',
        [ref.name, ref.revision],
      );
      if (!rows[0]) throw await unknown(ref.name);
      return parseOnce(rows[0].declaration, ref);
    },

    async storedLabel({ name, revision }) {
      const { rows } = await database.query<{ label: Partial<StoredLabel> }>(
        `select declaration -> 'label' as label from revisions where pipeline = $1 and revision = $2`,
        [name, revision],
      );
      if (!rows[0]) throw await unknown(name);
      return { kind: 'binary', ...rows[0].label };
    },

    async declared(names) {
      const { rows } = await database.query<PipelineRef & { declaration: unknown }>(
        `select p.name, p.revision, declaration from pipelines p
         join revisions r on r.pipeline = p.name and r.revision = p.revision
         where $1::text[] is null or p.name = any($1) order by p.name`,
        [names ?? null],
      );
      return rows.map(({ declaration, ...ref }) => ({ ref, declaration: readable(declaration, ref) }));
    },

    async applied(name) {
      const { rows } = await database.query<PipelineRef>('select name, revision from pipelines where name = $1', [
        name,
      ]);
      if (!rows[0]) throw await unknown(name);
      return rows[0];
    },

    async loggedShares(name) {
      const { rows } = await database.query<LoggedShare>(
        `select at as "from", share from (
           select at, share, lag(share) over (order by a.id) as before from audit a
           join revisions r on r.pipeline = a.pipeline and r.revision = a.details ->> 'revision'
           cross join lateral (select coalesce((declaration #>> '{serving,log,sample}')::float8, 1) as share) s
           where a.pipeline = $1 and a.action = 'apply'
         ) applied where before is distinct from share order by at`,
        [name],
      );
      return rows;
    },
  };
}
