import { UserError } from '../../../core/base/errors/errors.ts';
import { versionName } from '../../../core/base/ids.ts';
import type { ComparedVersion } from '../../../core/training/versions/comparison.ts';
import type { ModelVersions } from '../../../core/training/versions/model-versions.ts';
import type { ModelVersion } from '../../../core/training/training.ts';
import { writeAudit } from '../audit.ts';
import { transaction, type Database } from '../database.ts';
import { lockPipeline } from '../lock-pipeline.ts';
import { describedColumns, describedOf, type DescribedRow } from './version-names.ts';

export const versionColumns = `
  v.pipeline, v.version, v.revision, v.training_run as "trainingRun", v.candidate, v.object_key as "objectKey", v.sha256,
  v.stage, v.created_at as "createdAt", t.snapshot, t.as_of as "asOf", v.evidence,
  v.card_key as "cardKey", ${describedColumns}`;
/** Without the slices, which are most of what is stored of a version, unless its gate named some: they tell what to hide. */
export const listedColumns = versionColumns.replace(
  'v.evidence',
  `case when v.evidence -> 'gate' ->> 'reason' like '%By slices,%' then v.evidence
     else v.evidence #- '{evaluation,slices}' end as evidence`,
);
type Evidence = 'splits' | 'evaluation' | 'gate' | 'leaks' | 'refit' | 'warmStart';
export type VersionRow = Omit<ModelVersion, Evidence | keyof DescribedRow> &
  DescribedRow & { evidence: Pick<ModelVersion, Evidence> };
export const toVersion = ({ evidence, aliases, tags, note, ...row }: VersionRow): ModelVersion => ({
  ...row,
  ...evidence,
  ...describedOf({ aliases, tags, note }),
});

/** Of the evidence and of the declaration only what is shown: the whole of them for many versions is much. */
const compared = `
  select v.version, v.stage, v.candidate, v.card_key as "cardKey", ${describedColumns}, t.as_of as "asOf", t.snapshot, e.splits,
    e.evaluation -> 'challenger' as metrics, e.evaluation -> 'intervals' as intervals,
    e.evaluation -> 'decided' as decided, e.evaluation -> 'errors' as errors, e.gate,
    t.training_set -> 'rows' as rows, e.leaks, t.insight -> 'importance' as importance,
    c.result as trained,
    case when (r.declaration -> 'label' ->> 'sensitive')::boolean then null
      else r.declaration -> 'label' -> 'classes' end as classes,
    array(select name from jsonb_each(r.declaration -> 'columns') as declared (name, it)
          where it -> 'feature' is distinct from 'false' order by 1) as columns,
    coalesce((select declared - 'name' from jsonb_array_elements(r.declaration -> 'candidates') declared
     where declared ->> 'name' = v.candidate), (c.result -> 'spec') - 'name') as declared
  from unnest($2::int[]) with ordinality as asked (version, place)
  join model_versions v on v.pipeline = $1 and v.version = asked.version
  -- Read once: it is kept compressed, and much of it is slices.
  cross join lateral jsonb_to_record(v.evidence) as e (splits jsonb, evaluation jsonb, gate jsonb, leaks jsonb)
  join training_runs t on t.id = v.training_run
  join revisions r on r.pipeline = v.pipeline and r.revision = v.revision
  left join candidates c on c.training_run = v.training_run and c.candidate = v.candidate
  order by asked.place`;

type ComparedRow = Omit<ComparedVersion, keyof DescribedRow> & DescribedRow;

export function createModelVersions(database: Database): ModelVersions {
  async function versionsWhere(where: string, values: unknown[], wanted = versionColumns): Promise<ModelVersion[]> {
    const { rows } = await database.query<VersionRow>(
      `select ${wanted} from model_versions v join training_runs t on t.id = v.training_run
       where ${where} order by v.version desc`,
      values,
    );
    return rows.map(toVersion);
  }

  return {
    list: (pipeline) => versionsWhere('v.pipeline = $1', [pipeline], listedColumns),

    async compared(pipeline, versions) {
      const { rows } = await database.query<ComparedRow>(compared, [pipeline, versions]);
      return rows.map(({ aliases, tags, note, ...row }) => ({ ...row, ...describedOf({ aliases, tags, note }) }));
    },

    async get(pipeline, version) {
      const [found] = await versionsWhere('v.pipeline = $1 and v.version = $2', [pipeline, version]);
      if (found) return found;
      throw new UserError(
        'MODEL_UNKNOWN',
        `${pipeline} has no version ${versionName(version)}. List its versions with: perennial models ${pipeline}`,
      );
    },

    async register(model, by) {
      await transaction(database, async (client) => {
        // The lock makes version numbers consecutive however many runs register at once.
        await lockPipeline(client, model.pipeline);
        const { rows } = await client.query<{ version: number }>(
          `insert into model_versions
             (pipeline, version, revision, training_run, candidate, object_key, sha256, stage, evidence)
           select $1, coalesce(max(version), 0) + 1, $2, $3, $4, $5, $6, 'candidate', $7
           from model_versions where pipeline = $1
           on conflict (training_run) do nothing returning version`,
          [
            model.pipeline,
            model.revision,
            model.trainingRun,
            model.candidate,
            model.objectKey,
            model.sha256,
            {
              splits: model.splits,
              evaluation: model.evaluation,
              gate: model.gate,
              leaks: model.leaks,
              refit: model.refit,
              warmStart: model.warmStart,
            },
          ],
        );
        if (rows[0])
          await writeAudit(client, {
            who: by,
            action: 'register',
            pipeline: model.pipeline,
            details: { version: rows[0].version, trainingRun: model.trainingRun, gate: model.gate },
          });
      });
      return (await versionsWhere('v.training_run = $1', [model.trainingRun]))[0]!;
    },

    async attachCard(pipeline, version, cardKey) {
      await database.query('update model_versions set card_key = $3 where pipeline = $1 and version = $2', [
        pipeline,
        version,
        cardKey,
      ]);
    },
  };
}
