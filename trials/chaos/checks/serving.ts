import { count, type Invariant } from './evidence.ts';

export const checksOfServing: Invariant[] = [
  {
    name: 'every answered prediction is in the log, once',
    async look({ machine, caller, world: { name } }) {
      const answered = [...caller.answered];
      const { rows } = await machine.database.query<{ id: string; times: number }>(
        'select id, count(*) as times from predictions where pipeline = $1 group by id',
        [name],
      );
      const logged = new Map(rows.map(({ id, times }) => [id, times]));
      const lost = answered.filter((id) => !logged.has(id));
      const doubled = rows.filter(({ times }) => times > 1);
      const broken = [
        ...(lost.length > 0 ? [`${lost.length} were answered and are not in the log, like ${lost[0]}`] : []),
        ...(doubled.length > 0 ? [`${doubled.length} are in the log more than once, like ${doubled[0]?.id}`] : []),
      ];
      const unknown = logged.size - (answered.length - lost.length);
      if (unknown > caller.unsure())
        broken.push(`the log has ${unknown} that nobody was given, and only ${caller.unsure()} rows lost their answer`);
      return {
        counted: `${answered.length} answered, ${logged.size} logged, ${caller.unsure()} without an answer`,
        broken,
      };
    },
  },
  {
    name: 'what was counted for drift is what was logged',
    async look({ machine, world: { name } }) {
      const logged = await count(machine, 'select count(*) as count from predictions where pipeline = $1', [name]);
      // As a drift check adds it up: the totals, and what no total counts yet.
      const counted = await count(
        machine,
        `select (select coalesce(sum((profile ->> 'rows')::bigint), 0) from served_counts where pipeline = $1)::bigint
              + (select coalesce(sum(cardinality(ids)), 0) from uncounted where pipeline = $1)::bigint as count`,
        [name],
      );
      const words = `${counted} counted, ${logged} logged`;
      return { counted: words, broken: counted === logged ? [] : [words] };
    },
  },
  {
    name: 'the server answered whenever it was not itself struck',
    look: async ({ caller }) => ({ counted: `${caller.failed.length} failures`, broken: caller.failed }),
  },
];
