import { driftAlert } from '../../../core/alerts/rules/drift-alert.ts';
import { readVerdict } from '../../../core/drift/stored-verdict.ts';
import { type Verdict } from '../../../core/drift/verdict.ts';
import { type Instant } from '../../../core/time/time.ts';
import { type Evidence, brokenRows, count, type Invariant } from './evidence.ts';
import { hashOf, objectOf } from './bytes.ts';
import { withSource } from './source.ts';

interface BatchRow {
  id: string;
  asOf: Instant;
  from: Instant;
  to: Instant;
  status: string;
  rows: number;
  found: number;
  inParts: number;
}

/** What a batch lacks, in words: the source knows how many rows there are to score. */
async function whatIsAmiss(batch: BatchRow, { machine, store, world: { pipeline } }: Evidence, inSource: number) {
  const { id, rows, found, inParts, status } = batch;
  const broken: string[] = [];
  if (status !== 'published') broken.push(`batch ${id} is still ${status}`);
  if (new Set([rows, found, inParts, inSource]).size > 1)
    broken.push(
      `batch ${id} says ${rows} rows, its parts ${inParts}; ${found} are predicted of ${inSource} in ${pipeline.name}'s source`,
    );
  const parts = await machine.database.query<{ objectKey: string; sha256: string }>(
    'select object_key as "objectKey", sha256 from batch_parts where batch = $1',
    [id],
  );
  for (const { objectKey, sha256 } of parts.rows)
    if (hashOf(await objectOf(store, objectKey)) !== sha256)
      broken.push(`batch ${id}: ${objectKey} is not what was written`);
  return broken;
}

export const checksOfResults: Invariant[] = [
  {
    name: 'verdicts are there once for their moment, with their report',
    async look({ machine, store }) {
      const { rows } = await machine.database.query<{ verdict: Verdict }>(
        'select verdict from verdicts order by as_of',
      );
      const broken: string[] = [];
      for (const { verdict } of rows)
        if (verdict.reportKey === null || (await objectOf(store, verdict.reportKey)) === null)
          broken.push(`verdict ${verdict.id} has no report`);
      return {
        counted: `${rows.length}: ${rows.map(({ verdict }) => (verdict.abstained ? 'abstained' : verdict.level)).join(', ')}`,
        broken,
      };
    },
  },
  {
    name: 'every batch of predictions is published, with each row of its window once',
    async look(evidence) {
      const { machine, world, promised } = evidence;
      const { source } = world.pipeline;
      const { rows } = await machine.database.query<BatchRow>(
        `select b.id, as_of as "asOf", from_time as "from", to_time as "to", status, rows,
           (select count(*) from batch_predictions p where p.batch = b.id) as found,
           (select coalesce(sum(p.rows), 0)::bigint from batch_parts p where p.batch = b.id) as "inParts"
         from batches b where pipeline = $1 order by as_of`,
        [world.name],
      );
      const broken = await withSource(evidence, async (ask) => {
        const amiss: string[] = [];
        for (const batch of rows) {
          const inSource = await ask.count(source, source.time, batch);
          amiss.push(...(await whatIsAmiss(batch, evidence, inSource)));
        }
        return amiss;
      });
      const known = new Set(rows.map(({ asOf }) => machine.names.run(world.name, 'prediction', asOf)));
      for (const id of promised.runs.filter((run) => run.includes('/prediction/')))
        if (!known.has(id)) broken.push(`${id} ended and left no batch`);
      const scored = rows.reduce((sum, batch) => sum + batch.found, 0);
      return { counted: `${rows.length} batches, ${scored} rows`, broken };
    },
  },
  {
    name: 'an alert of drift is open while the newest judgement says so, and each was told once',
    async look({ machine, world: { name, pipeline } }) {
      const broken = await brokenRows(
        machine,
        `select fingerprint || ' is open ' || count(*) || ' times' as words from alerts where resolved_at is null
         group by fingerprint having count(*) > 1
         union all
         select 'alert ' || a.id || ' (' || a.fingerprint || ') counts ' || a.times || ' times, with ' || count(o.occasion) ||
           ' occasions' from alerts a left join alert_occasions o on o.alert = a.id
         group by a.id having a.times <> count(o.occasion)
         union all
         select 'alert ' || alert || ' was told ' || count(*) || ' times that it is ' || telling from alert_tellings
         where telling in ('opened', 'resolved') group by alert, telling having count(*) > 1`,
      );
      const newest = await machine.database.query<{ verdict: Verdict }>(
        `select verdict from verdicts
         where pipeline = $1 and verdict ->> 'abstained' is null order by as_of desc limit 1`,
        [name],
      );
      const judged = newest.rows[0] && readVerdict(newest.rows[0].verdict);
      const open = await count(
        machine,
        `select count(*) as count from alerts where pipeline = $1 and kind = 'drift' and resolved_at is null`,
        [name],
      );
      // Columns that are no longer filled have an alert of their own.
      const due = judged && driftAlert(judged, pipeline.drift) ? 1 : 0;
      if (open !== due)
        broken.push(`the newest judgement is ${judged?.level ?? 'missing'}: ${open} open alerts of drift, not ${due}`);
      const { rows } = await machine.database.query<{ words: string }>(
        `select count(*) || ' ' || kind || case when resolved_at is null then ' open' else ' over' end as words
         from alerts group by kind, resolved_at is null order by 1`,
      );
      return { counted: rows.map(({ words }) => words).join(', ') || 'none', broken };
    },
  },
];
