import { UserError } from '../../core/errors.ts';
import { type Trace, type TracedLoop, type Traces } from '../../core/watch.ts';
import { type Database } from './database.ts';

type Row = Trace['last'] & Pick<Trace, 'appliedMsAgo' | 'servedMsAgo'>;

const millisecondsSince = (column: string): string =>
  `(extract(epoch from now() - ${column}) * 1000)::double precision`;

export const createTraces = (database: Database): Traces => ({
  async of(pipeline) {
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
      `select ${marks.join(', ')}, ${millisecondsSince('p.applied_at')} as "appliedMsAgo",
         (select ${millisecondsSince('t.changed_at')} from traffic t where t.pipeline = p.name) as "servedMsAgo"
       from pipelines p where p.name = $1`,
      [pipeline],
    );
    const [row] = rows;
    if (!row) throw new UserError('PIPELINE_UNKNOWN', `No pipeline "${pipeline}" is applied.`);
    const { data, retraining, prediction, monitoring, ...rest } = row;
    return { last: { data, retraining, prediction, monitoring }, ...rest };
  },
});
