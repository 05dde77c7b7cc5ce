import { type Prediction, type PredictionLog } from '../../core/ports.ts';
import { addProfiles, type Profile } from '../../core/profile.ts';
import { milliseconds } from '../../core/time.ts';
import { transaction, type Database } from './database.ts';
import { from as copyFrom } from 'pg-copy-streams';
import { Readable } from 'node:stream';
import { pipeline as pipe } from 'node:stream/promises';

/** A value in COPY's text format. */
const field = (value: string): string =>
  value.replace(/[\\\t\n\r]/g, (c) => ({ '\\': '\\\\', '\t': '\\t', '\n': '\\n' })[c] ?? '\\r');
const line = (p: Prediction): string =>
  [p.id, p.pipeline, p.version, p.key, p.time, JSON.stringify(p.row), p.score, p.decision, p.servedAt]
    .map((value) => (value === null ? '\\N' : field(String(value))))
    .join('\t') + '\n';

export function createPredictionLog(database: Database): PredictionLog {
  return {
    append: (predictions, count) =>
      transaction(database, async (client) => {
        await client.query('create temporary table arrived (like predictions including defaults) on commit drop');
        await pipe(Readable.from([predictions.map(line).join('')]), client.query(copyFrom('copy arrived from stdin')));
        const { rows } = await client.query<{ id: string }>(
          'insert into predictions select distinct on (id) * from arrived on conflict do nothing returning id',
        );
        const fresh = new Set(rows.map((row) => row.id));
        for (const totals of count(predictions.filter((prediction) => fresh.delete(prediction.id))))
          await client.query(
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
        return rows.length;
      }),

    async served(pipeline, binning, { from, to }) {
      const { rows } = await database.query<{ version: number; profile: Profile }>(
        `select version, profile from served_counts
         where pipeline = $1 and binning = $2 and hour >= $3 and hour < $4 order by version`,
        [pipeline, binning, from, to],
      );
      const byVersion = new Map<number, Profile>();
      for (const { version, profile } of rows) {
        const sum = byVersion.get(version);
        byVersion.set(version, sum ? addProfiles(sum, profile) : profile);
      }
      return [...byVersion].map(([version, profile]) => ({ version, profile }));
    },

    async count(pipeline, since) {
      const { rows } = await database.query<{ count: number }>(
        'select count(*) as count from predictions where pipeline = $1 and time >= $2',
        [pipeline, since],
      );
      return rows[0]!.count;
    },

    async labelled(pipeline, { from, to }, { asOf, maturesAfter, whenAbsent }) {
      const { rows } = await database.query<{ version: number; score: number; label: number }>(
        `select p.version, p.score, coalesce(l.value, $6) as label
         from predictions p
         left join lateral (
           select value from labels where pipeline = p.pipeline and key = p.key and observed_at <= $4
           order by observed_at desc limit 1
         ) l on true
         where p.pipeline = $1 and p.time >= $2 and p.time < $3
           and p.time <= $4::timestamptz - make_interval(secs => $5::float8 / 1000)
           and coalesce(l.value, $6) is not null`,
        [pipeline, from, to, asOf, milliseconds(maturesAfter), whenAbsent],
      );
      return rows;
    },
  };
}
