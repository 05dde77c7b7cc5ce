import { type Binning, SCORE } from '../../../core/data/profiles/binning.ts';
import type { Partition, Row } from '../../../core/data/data.ts';
import { PROBABILITIES } from '../../../core/data/predictions/prediction-lines.ts';
import type {
  AnsweredOfDay,
  HourCounts,
  LabelledPrediction,
  Prediction,
  PredictionLog,
  ScoredRow,
  ServedCounts,
} from '../../../core/data/predictions/prediction-log.ts';
import type { WindowRow } from '../../../core/drift/explaining/shown-rows.ts';
import type { ServedRow } from '../../../core/drift/skew.ts';
import { addProfiles, countRow, emptyProfile } from '../../../core/data/profiles/profile.ts';
import { after, earliest, floorTo, milliseconds } from '../../../core/time/time.ts';
import { streamed, transaction, type Database } from '../database.ts';
import { countInBatches, heldBatches, labelledInBatches, newestBatches } from './batched.ts';
import { DAY_OF, IS_LABELLED, LABEL } from './label-of.ts';
import { groupTotals, keepGroups } from './served-groups.ts';
import { createServedHours } from './served-hours.ts';
import { keepSums, sumTotals } from './served-sums.ts';
import { createShipping } from './shipping.ts';
import type { PoolClient } from 'pg';

/**
 * Predictions counted in one transaction, which keeps it short and blocks the event loop only for a few milliseconds.
 */
const MOST_AT_ONCE = 1_000;
const SHIPMENTS_AT_ONCE = 50;

const columns = `p.id, p.pipeline, p.version, p.key, p.entity, p.time, p.row, p.score, p.decision, p.served_at as "servedAt",
  p.row -> '${PROBABILITIES}' as probabilities`;
/** As it was logged: with probabilities only where it has classes. */
const asLogged = ({ probabilities, ...prediction }: ReadPrediction): Prediction => ({
  ...prediction,
  ...(probabilities && { probabilities }),
});
type ReadPrediction = Omit<Prediction, 'probabilities'> & { probabilities: number[] | null };
/**
 * Those of some shipments, each looked up by its key: before Postgres has gathered statistics of a new day, a join
 * reads the whole day once for each shipment. No window reaches back before 1970, where JavaScript takes year 1 for
 * 2001.
 */
const predictionsOf = `
  uncounted u cross join lateral unnest(u.ids, u.times) as k (id, time)
  cross join lateral (
    select * from predictions one
    where one.pipeline = u.pipeline and one.time = k.time and one.id = k.id and one.time >= '1970-01-01' limit 1
  ) p`;

/** Sampled by the index alone, which is a fraction of the table: only rows of the sample are read. */
const SAMPLED = `with sampled as materialized (
  select time, id from predictions where pipeline = $1 and time >= $2 and time < $3
    and abs(hashtext(id::text)::bigint) % $4 = 0
  order by time limit $5)`;
const OF_SAMPLED = `from sampled s cross join lateral (
  select * from predictions one
  where one.pipeline = $1 and one.time = s.time and one.id = s.id and one.time >= $2 and one.time < $3 limit 1) p`;

export function createPredictionLog(database: Database): PredictionLog {
  return {
    append: createShipping(database),
    ...createServedHours(database),

    countShipped: (counting) =>
      transaction(database, async (client) => {
        // By pipeline, so a total is rewritten once for many shipments. Another server takes others.
        const { rows: waiting } = await client.query<{ id: number; size: number }>(
          `select id, cardinality(ids) as size from uncounted order by pipeline, id limit 200 for update skip locked`,
        );
        let size = 0;
        const shipments = waiting.filter((shipment, i) => (size += shipment.size) <= MOST_AT_ONCE || i === 0);
        const { rows: counts } = await client.query<HourCounts>(
          `delete from shipped_counts where (pipeline, id) in
             (select pipeline, id from shipped_counts order by pipeline, id limit 50 for update skip locked)
           returning pipeline, version, hour, profile`,
        );
        if (shipments.length === 0 && counts.length === 0) return 0;
        const ids = shipments.map(({ id }) => id);
        const { rows } = await client.query<ReadPrediction>(
          `select ${columns} from ${predictionsOf} where u.id = any($1)`,
          [ids],
        );
        const predictions = rows.map(asLogged);
        const binnings = await newestBinnings(client, [...new Set(predictions.map(({ pipeline }) => pipeline))]);
        for (const totals of counting({ predictions, counts }, binnings)) await writeTotals(client, totals);
        await client.query('delete from uncounted where id = any($1)', [ids]);
        const all = [...shipments.map((each) => each.size), ...counts.map(({ profile }) => profile.rows)];
        return all.reduce((sum, each) => sum + each, 0);
      }),

    async served(pipeline, binning, within) {
      const { byVersion, found } = await atOneTime(database, async (client) => {
        const { byVersion: sums, found: kept } = await sumTotals(client, pipeline, binning.id, within);
        for await (const { version, profile } of untotalled(client, pipeline, binning, within)) {
          const sum = sums.get(version);
          sums.set(version, sum ? addProfiles(sum, profile) : profile);
        }
        return { byVersion: sums, found: kept };
      });
      await keepSums(database, pipeline, binning.id, within, found);
      return [...byVersion].sort(([a], [b]) => a - b).map(([version, profile]) => ({ version, profile }));
    },

    async groupedByHour(pipeline, binning, within, grouping) {
      const { kept, found } = await atOneTime(database, async (client) => {
        const hours = await groupTotals(client, pipeline, binning.id, within, grouping);
        for await (const { hour, profile } of untotalled(client, pipeline, binning, within))
          hours.kept.push({ hour, groups: grouping.of(profile) });
        return hours;
      });
      await keepGroups(database, pipeline, grouping.id, within, found);
      return kept;
    },

    async *servedByHour(pipeline, binning, { from, to }) {
      // A day at a time: the counts of a week fill many megabytes.
      for (let start = from; start < to; start = earliest(to, after(start, '1 day')))
        yield* await ofHours(database, pipeline, binning, { from: start, to: earliest(to, after(start, '1 day')) });
    },

    async sampleRows(pipeline, { from, to }, one) {
      const { rows } = await database.query<{ row: Row }>(`${SAMPLED} select p.row ${OF_SAMPLED} order by s.time`, [pipeline, from, to, one.in, one.atMost]); // prettier-ignore
      return rows.map(({ row }) => row);
    },

    async sampleKeyed(pipeline, { from, to }, one) {
      const { rows } = await database.query<ServedRow>(
        `${SAMPLED} select p.key, p.time, p.row ${OF_SAMPLED} where p.key <> p.id::text order by s.time`,
        [pipeline, from, to, one.in, one.atMost],
      );
      return rows;
    },

    async newestRows(pipeline, { from, to }, most) {
      const { rows } = await database.query<WindowRow>(
        `select id, key, entity, time, row from predictions where pipeline = $1 and time >= $2 and time < $3
         order by time desc limit $4`,
        [pipeline, from, to, most],
      );
      return rows;
    },

    async *labelled(pipeline, within, labelling, signal, { rows = false } = {}) {
      const [{ from, to }, { asOf, maturesAfter, whenAbsent }] = [within, labelling];
      const values = [pipeline, from, to, asOf, milliseconds(maturesAfter), whenAbsent];
      yield* streamed<LabelledPrediction>(
        database,
        `select p.version, p.score, coalesce(l.value, $6) as label, p.row -> '${PROBABILITIES}' as probabilities,
           p.decision, false as batched, ${DAY_OF} as day, ${rows ? 'p.row' : 'null'} as row
         from predictions p ${LABEL}
         where p.pipeline = $1 and p.time >= $2 and p.time < $3
           and ${IS_LABELLED}`,
        values,
        signal,
      );
      yield* labelledInBatches(database, pipeline, within, labelling, signal);
    },

    scored: (pipeline, version, { from, to }, one, signal) => {
      const of = `select p.row, p.score, p.row -> '${PROBABILITIES}' as probabilities`;
      return one.in > 1
        ? streamed<ScoredRow>(
            database,
            `${SAMPLED} ${of} ${OF_SAMPLED} where p.version = $6`,
            [pipeline, from, to, one.in, null, version],
            signal,
          )
        : streamed<ScoredRow>(
            database,
            `${of} from predictions p where pipeline = $1 and time >= $2 and time < $3 and version = $4`,
            [pipeline, from, to, version],
            signal,
          );
    },

    async answered(pipeline, within) {
      const { rows } = await database.query<AnsweredOfDay>(
        `select p.version, ${DAY_OF} as day, count(*)::int as rows from predictions p
         where p.pipeline = $1 and p.time >= $2 and p.time < $3 group by 1, 2`,
        [pipeline, within.from, within.to],
      );
      return [...rows, ...(await countInBatches(database, pipeline, within))];
    },

    batched: (pipeline, version, within) => heldBatches(database, pipeline, version, within),
    newestBatches: (pipeline, within) => newestBatches(database, pipeline, within),
  };
}

const writeTotals = (client: PoolClient, totals: ServedCounts) =>
  client.query(
    `insert into served_counts (pipeline, version, binning, replica, sequence, hour, profile)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (pipeline, hour, version, binning, replica, sequence) do update set profile = excluded.profile`,
    [
      totals.pipeline,
      totals.version,
      totals.profile.binning,
      totals.replica,
      totals.sequence,
      totals.hour,
      totals.profile,
    ],
  );

async function newestBinnings(client: PoolClient, pipelines: string[]): Promise<Map<string, Binning>> {
  const { rows } = await client.query<Binning & { pipeline: string }>(
    `select distinct on (pipeline) pipeline, id, columns from binnings where pipeline = any($1)
     order by pipeline, created_at desc`,
    [pipelines],
  );
  return new Map(rows.map(({ pipeline, ...binning }) => [pipeline, binning]));
}

/** A prediction is in a total, in its shipment's counts, or uncounted. */
const atOneTime = <T>(database: Database, work: (client: PoolClient) => Promise<T>): Promise<T> =>
  transaction(database, async (client) => {
    await client.query('set transaction isolation level repeatable read, read only');
    return work(client);
  });

/** Counts by hour, and by version; those that no total has yet, too. */
const ofHours = (
  database: Database,
  pipeline: string,
  binning: Binning,
  within: Partition,
): Promise<Pick<HourCounts, 'version' | 'hour' | 'profile'>[]> =>
  atOneTime(database, async (client) => {
    const { rows } = await client.query<Pick<HourCounts, 'version' | 'hour' | 'profile'>>(
      'select version, hour, profile from served_counts where pipeline = $1 and binning = $2 and hour >= $3 and hour < $4',
      [pipeline, binning.id, within.from, within.to],
    );
    for await (const counts of untotalled(client, pipeline, binning, within)) rows.push(counts);
    return rows;
  });

/** What no total counts yet: counts of shipments, and rows that are counted here, by hour and version. */
async function* untotalled(
  client: PoolClient,
  pipeline: string,
  binning: Binning,
  within: Partition,
): AsyncGenerator<Pick<HourCounts, 'version' | 'hour' | 'profile'>> {
  const { rows } = await client.query<Pick<HourCounts, 'version' | 'hour' | 'profile'>>(
    `select version, hour, profile from shipped_counts
     where pipeline = $1 and binning = $2 and hour >= $3 and hour < $4`,
    [pipeline, binning.id, within.from, within.to],
  );
  yield* rows;
  const newest = new Map<string, Pick<HourCounts, 'version' | 'hour' | 'profile'>>();
  for await (const { version, time, row, score, probabilities } of uncounted(client, pipeline, binning, within)) {
    const hour = floorTo(time, '1 hour');
    const key = `${version}/${hour}`;
    const counts = newest.get(key) ?? { version, hour, profile: emptyProfile(binning) };
    countRow(counts.profile, binning, { ...row, [SCORE]: score }, probabilities);
    newest.set(key, counts);
  }
  yield* newest.values();
}

/** Predictions of a window that no total counts yet. They will be counted in the pipeline's newest binning alone. */
async function* uncounted(
  client: PoolClient,
  pipeline: string,
  binning: Binning,
  { from, to }: Partition,
): AsyncGenerator<Prediction> {
  const { rows: shipments } = await client.query<{ id: number }>(
    `select id from uncounted where pipeline = $1
       and $2 = (select id from binnings where pipeline = $1 order by created_at desc limit 1)`,
    [pipeline, binning.id],
  );
  for (let i = 0; i < shipments.length; i += SHIPMENTS_AT_ONCE) {
    const { rows } = await client.query<ReadPrediction>(
      `select ${columns} from ${predictionsOf}
       where u.pipeline = $1 and u.id = any($2) and p.time >= $3 and p.time < $4`,
      [pipeline, shipments.slice(i, i + SHIPMENTS_AT_ONCE).map(({ id }) => id), from, to],
    );
    yield* rows.map(asLogged);
  }
}
