import type { GroupsOfHour, PartGroups } from '../../../core/data/profiles/part-groups.ts';
import type { Database } from '../database.ts';

export const createPartGroups = (database: Database): PartGroups => ({
  async find(parts, grouping) {
    const { rows } = await database.query<{ part: string; hours: GroupsOfHour[] }>(
      'select part, hours from part_groups where part = any($1) and grouping = $2',
      [parts, grouping],
    );
    return new Map(rows.map(({ part, hours }) => [part, hours]));
  },

  async record({ id, pipeline, to }, grouping, hours, before) {
    await database.query(
      `insert into part_groups (part, pipeline, to_time, grouping, hours) values ($1, $2, $3, $4, $5)
       on conflict (part) do update set grouping = excluded.grouping, hours = excluded.hours`,
      [id, pipeline, to, grouping, JSON.stringify(hours)],
    );
    await database.query('delete from part_groups where pipeline = $1 and to_time <= $2', [pipeline, before]);
  },
});
