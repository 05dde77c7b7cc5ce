import { instant } from '../../../core/time/time.ts';
import type { Trace, TracedLoop, Traces } from '../../../core/runs/watch.ts';
import type { Database } from '../database.ts';

type Row = Trace['last'] & Omit<Trace, 'last'> & { pipeline: string };

const millisecondsSince = (column: string): string =>
  `(extract(epoch from now() - ${column}) * 1000)::double precision`;

export const createTraces = (database: Database): Traces => ({
  async all() {
    const last: Record<TracedLoop, string> = {
      data: 'select max(as_of) from snapshots s where s.pipeline = p.name',
      // A request that waits and one that was settled are both signs that the schedule was heard.
      retraining: `select greatest((select max(as_of) from requests r where r.pipeline = p.name),
                                   (select max(as_of) from cycles c where c.pipeline = p.name))`,
      prediction: 'select max(as_of) from batches b where b.pipeline = p.name',
      monitoring: 'select max(as_of) from verdicts v where v.pipeline = p.name',
    };
    const marks = Object.entries(last).map(([loop, query]) => `(${query}) as ${loop}`);
    const { rows } = await database.query<Row>(
      `select p.name as pipeline, ${marks.join(', ')}, ${millisecondsSince('p.applied_at')} as "appliedMsAgo",
         ${millisecondsSince('t.changed_at')} as "servedMsAgo",
         (select id from experiments e where e.pipeline = p.name and e.outcome is null) as experiment,
         case when r.id is not null then jsonb_build_object('version', m.version, 'asOf', r.as_of) end as champion
       from pipelines p
       left join traffic t on t.pipeline = p.name
       left join model_versions m on m.pipeline = p.name and m.version = t.champion
       left join training_runs r on r.id = m.training_run
       order by p.name`,
    );
    return rows.map(({ data, retraining, prediction, monitoring, champion, ...rest }) => ({
      last: { data, retraining, prediction, monitoring },
      // Inside JSON a moment comes as Postgres writes it.
      champion: champion && { ...champion, asOf: instant(Date.parse(champion.asOf)) },
      ...rest,
    }));
  },
});
