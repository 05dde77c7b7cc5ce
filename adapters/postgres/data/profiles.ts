import type { Profile } from '../../../core/data/profiles/profile.ts';
import type { CountedWindow, Profiles } from '../../../core/data/profiles/profiles.ts';
import type { Choice } from '../../../core/drift/reference/like-rows.ts';
import type { Instant } from '../../../core/time/time.ts';
import type { Database } from '../database.ts';

export const createProfiles = (database: Database): Profiles => ({
  async find(pipeline, subject, binning) {
    const { rows } = await database.query<{ profile: Profile }>(
      'select profile from profiles where pipeline = $1 and subject = $2 and binning = $3',
      [pipeline, subject, binning],
    );
    return rows[0]?.profile ?? null;
  },

  async findEach(pipeline, subjects, binning) {
    const { rows } = await database.query<{ subject: string; profile: Profile }>(
      'select subject, profile from profiles where pipeline = $1 and subject = any($2) and binning = $3',
      [pipeline, subjects, binning],
    );
    const found = new Map(rows.map(({ subject, profile }) => [subject, profile]));
    return subjects.map((subject) => found.get(subject) ?? null);
  },

  async windows(pipeline, binning, { from, to }) {
    const { rows } = await database.query<CountedWindow>(
      `select s.as_of as "asOf", substr(split_part(subject, '/', 3), 2)::int as version, subject
       from profiles p join snapshots s on s.pipeline = p.pipeline and s.id = split_part(subject, '/', 2)
       where p.pipeline = $1 and binning = $2 and starts_with(subject, 'window/') and split_part(subject, '/', 4) = ''
         and s.as_of >= $3 and s.as_of <= $4 order by s.as_of desc, version desc`,
      [pipeline, binning, from, to],
    );
    return rows;
  },

  async record(pipeline, subject, profile) {
    await database.query(
      `insert into profiles (pipeline, subject, binning, profile) values ($1, $2, $3, $4) on conflict do nothing`,
      [pipeline, subject, profile.binning, profile],
    );
  },

  async findDays(pipeline, version, compared) {
    const { rows } = await database.query<{ days: Choice }>(
      'select days from reference_days where pipeline = $1 and version = $2 and compared = $3',
      [pipeline, version, compared],
    );
    return rows[0]?.days ?? null;
  },

  async recordDays(pipeline, version, compared, days) {
    await database.query(
      `insert into reference_days (pipeline, version, compared, days) values ($1, $2, $3, $4) on conflict do nothing`,
      [pipeline, version, compared, days],
    );
  },

  async removeOtherDays(pipeline, version, compared) {
    await database.query('delete from reference_days where pipeline = $1 and (version <> $2 or compared <> all($3))', [
      pipeline,
      version,
      compared,
    ]);
  },

  async removeOthers(pipeline, of, except) {
    await database.query(
      `delete from profiles where pipeline = $1 and starts_with(subject, $2)
         and subject <> $3 and not starts_with(subject, $3 || '/')`,
      [pipeline, of, except],
    );
  },

  async newestCounted(pipeline, binning) {
    const { rows } = await database.query<{ asOf: Instant | null }>(
      `select max(as_of) as "asOf" from profiles join snapshots s on subject = 'snapshot/' || s.id
       where profiles.pipeline = $1 and binning = $2`,
      [pipeline, binning],
    );
    return rows[0]!.asOf;
  },
});
