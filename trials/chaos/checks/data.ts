import { brokenRows, count, type Evidence, type Invariant } from './evidence.ts';
import { hashOf, objectOf } from './bytes.ts';
import { tableOf, withSource } from './source.ts';

interface PartRow {
  extraction: string;
  kind: 'rows' | 'labels';
  from: string;
  to: string;
  objectKey: string;
  sha256: string;
  rows: number;
}

const partsOf = async ({ machine }: Evidence): Promise<PartRow[]> =>
  (
    await machine.database.query<PartRow>(
      `select extraction, kind, from_time as "from", to_time as "to", object_key as "objectKey", sha256, rows from parts`,
    )
  ).rows;

export const checksOfData: Invariant[] = [
  {
    name: 'every part is whole: its object, its hash, and the rows that the source has',
    async look(evidence) {
      const parts = await partsOf(evidence);
      const { source, label } = evidence.world.pipeline;
      const broken: string[] = [];
      await withSource(evidence, async (ask) => {
        for (const part of parts) {
          const words = `${part.kind} of ${part.from} to ${part.to}`;
          const hash = hashOf(await objectOf(evidence.store, part.objectKey));
          if (hash !== part.sha256)
            broken.push(`${words}: its object is ${hash === null ? 'gone' : 'not what its hash says'}`);
          const [place, time] = part.kind === 'rows' ? [source, source.time] : [label.facts!, label.facts!.observedAt];
          const found = await ask.count(place, time, part);
          if (found !== part.rows) broken.push(`${words}: ${part.rows} of ${found} rows`);
        }
      });
      return { counted: `${parts.length} parts`, broken };
    },
  },
  {
    name: 'every snapshot is judged and has all its parts',
    async look({ machine }) {
      const broken = await brokenRows(
        machine,
        `select 'snapshot ' || s.id || ' is ' || s.status || ' with ' || count(p.part) || ' parts' as words
         from snapshots s left join snapshot_parts p on p.snapshot = s.id
         group by s.id having s.status = 'assembled' or count(p.part) = 0
           or count(p.part) <> max(p.position)`,
      );
      return { counted: `${await count(machine, 'select count(*) as count from snapshots')} snapshots`, broken };
    },
  },
  {
    name: 'a snapshot has as many rows as when it was first seen',
    async look({ machine, promised: { snapshots } }) {
      const { rows: found } = await machine.database.query<{ id: string; rows: number }>(
        `select s.id, coalesce(sum(p.rows) filter (where p.kind = 'rows'), 0)::bigint as rows
         from snapshots s left join snapshot_parts on snapshot = s.id left join parts p on p.id = part group by s.id`,
      );
      const now = new Map(found.map(({ id, rows }) => [id, rows]));
      const broken = [...snapshots].flatMap(([id, rows]) =>
        now.get(id) === rows ? [] : [`snapshot ${id} had ${rows} rows and has ${now.get(id) ?? 'none: it is gone'}`],
      );
      for (const [id, rows] of now) if (!snapshots.has(id)) snapshots.set(id, rows);
      return { counted: `${now.size} snapshots`, broken };
    },
  },
  {
    name: 'labels are the facts of the source, each once',
    async look(evidence) {
      const { label, name } = evidence.world.pipeline;
      const { facts } = label;
      if (!facts) return { counted: 'labels are a column', broken: [] };
      const parts = (await partsOf(evidence)).filter((part) => part.kind === 'labels');
      const from = parts.map((part) => part.from).sort()[0];
      const to = parts
        .map((part) => part.to)
        .sort()
        .at(-1);
      const { rows } = await evidence.machine.database.query<{ fact: string }>(
        `select key || ' ' || value || ' ' || to_char(observed_at, 'YYYY-MM-DD HH24:MI:SS.US') as fact
         from labels where pipeline = $1`,
        [name],
      );
      const known = new Set(rows.map(({ fact }) => fact));
      const column = facts.observedAt;
      const expected = await withSource(evidence, (ask) =>
        ask.rows<{ fact: string }>(
          `select distinct ${facts.key} || ' ' || (${facts.value})::int || ' ' ||
             to_char(${column}, 'YYYY-MM-DD HH24:MI:SS.US') as fact
           from ${tableOf(facts)} where ${column} >= $1 and ${column} < $2`,
          [from, to],
        ),
      );
      const wanted = new Set(expected.map(({ fact }) => fact));
      const broken = [
        ...[...wanted].filter((fact) => !known.has(fact)).map((fact) => `lost: ${fact}`),
        ...[...known].filter((fact) => !wanted.has(fact)).map((fact) => `made up: ${fact}`),
      ];
      if (known.size !== rows.length) broken.push(`${rows.length - known.size} are there twice`);
      return { counted: `${rows.length} labels`, broken };
    },
  },
];
