import { parseArtifact, compileScorer } from '../../../core/model/scorer.ts';
import { messageOf } from '../../../core/base/errors/errors.ts';
import { versionName } from '../../../core/base/ids.ts';
import { type ModelVersion } from '../../../core/training/training.ts';
import { brokenRows, count, type Evidence, type Invariant } from './evidence.ts';
import { hashOf, objectOf } from './bytes.ts';

/** What a version lacks, in words; empty when it is complete. */
async function whatItLacks(version: ModelVersion, { store, machine, world: { name } }: Evidence): Promise<string[]> {
  const who = versionName(version.version);
  const broken: string[] = [];
  try {
    const bytes = await store.get(version.objectKey);
    if (hashOf(bytes) !== version.sha256) broken.push(`${who}: its artifact is not what its hash says`);
    compileScorer(parseArtifact(new TextDecoder().decode(bytes)));
  } catch (error) {
    broken.push(`${who}: its artifact cannot be used: ${messageOf(error)}`);
  }
  if (version.cardKey === null || (await objectOf(store, version.cardKey)) === null) broken.push(`${who} has no card`);
  const profiles = 'select count(*) as count from profiles where pipeline = $1 and subject = $2';
  if ((await count(machine, profiles, [name, `version/${version.version}`])) === 0)
    broken.push(`${who} has no reference profile`);
  return broken;
}

export const checksOfModels: Invariant[] = [
  {
    name: 'one champion, and it is the one that is served',
    async look({ machine, world: { name } }) {
      const traffic = await machine.operations.status.of(name).then((status) => status.traffic);
      const health = (await (await fetch(`${machine.serverUrl}/health`)).json()) as {
        pipelines: Record<string, { version: number | null; generation: number | null }>;
      };
      const served = health.pipelines[name];
      const { rows } = await machine.database.query<{ version: number }>(
        `select version from model_versions where pipeline = $1 and stage = 'production'`,
        [name],
      );
      const said = [rows.map(({ version }) => version).join(), String(traffic?.champion), String(served?.version)];
      const alike = new Set(said).size === 1 && rows.length === 1 && served?.generation === traffic?.generation;
      const words = `stage says ${said[0]}, traffic ${said[1]}, the server ${said[2]} at generation ${served?.generation}`;
      return { counted: words, broken: alike ? [] : [words] };
    },
  },
  {
    name: 'every version is whole',
    async look(evidence) {
      const versions = await evidence.machine.operations.models.list(evidence.world.name);
      const broken: string[] = [];
      for (const version of versions) broken.push(...(await whatItLacks(version, evidence)));
      return { counted: `${versions.length} versions`, broken };
    },
  },
  {
    name: 'versions are numbered 1 to n, one for each training run that had something new to learn',
    async look({ machine }) {
      const broken = await brokenRows(
        machine,
        `select 'version ' || version || ' stands at place ' || place as words
         from (select version, row_number() over (partition by pipeline order by version) as place from model_versions) v
         where version <> place
         union all
         select 'training run ' || t.id || ' registered ' || count(v.version) || ' versions' from training_runs t
         join cycles c on c.id = t.cycle left join model_versions v on v.training_run = t.id
         where c.outcome ->> 'result' not in ('failed', 'cancelled') group by t.id, c.outcome ->> 'result'
         having count(v.version) <> case c.outcome ->> 'result' when 'nothing new' then 0 else 1 end`,
      );
      const audited = await brokenRows(
        machine,
        `select 'version ' || v.version || ' has ' || count(a.id) || ' audit rows of its registration' as words
         from model_versions v left join audit a on a.pipeline = v.pipeline and a.action = 'register'
           and (a.details ->> 'version')::int = v.version
         group by v.pipeline, v.version having count(a.id) <> 1`,
      );
      const runs = await count(machine, 'select count(*) as count from training_runs');
      return { counted: `${runs} training runs`, broken: [...broken, ...audited] };
    },
  },
  {
    name: 'every change of traffic happened once and is in the audit',
    async look({ machine, promised }) {
      const { rows } = await machine.database.query<{ generation: number; times: number }>(
        `select (details ->> 'generation')::int as generation, count(*) as times from audit
         where details ? 'generation' group by 1 order by 1`,
      );
      const current = await count(machine, 'select coalesce(max(generation), 0) as count from traffic');
      const broken = rows
        .filter(({ times }) => times > 1)
        .map((row) => `generation ${row.generation} ${row.times} times`);
      const known = new Set(rows.map((row) => row.generation));
      for (let generation = 1; generation <= current; generation++)
        if (!known.has(generation)) broken.push(`generation ${generation} is in no audit row`);
      for (const generation of promised.generations)
        if (!known.has(generation)) broken.push(`a person was told of generation ${generation}, which is not there`);
      if (rows.some((row) => row.generation > current)) broken.push(`the audit knows more than generation ${current}`);
      return { counted: `${current} generations, ${promised.generations.length} by people`, broken };
    },
  },
  {
    name: 'every cycle has ended, none failed that nobody called off, and each that promoted did so once',
    async look({ machine, promised: { calledOff } }) {
      const broken = await brokenRows(
        machine,
        `select 'cycle ' || id || ' has no outcome' as words from cycles where outcome is null
         union all
         select 'cycle ' || c.id || ' ended ' || (c.outcome ->> 'result') || ' with ' || count(a.id) || ' promotions'
         from cycles c left join audit a on a.action = 'promote' and a.who = 'rollout ' || c.id
         where c.outcome is not null group by c.id
         having count(a.id) <> case when c.outcome ->> 'result' = 'promoted' then 1 else 0 end`,
      );
      const failed = await machine.database.query<{ pipeline: string; id: string; reason: string }>(
        `select pipeline, id, outcome ->> 'reason' as reason from cycles where outcome ->> 'result' = 'failed'`,
      );
      for (const { pipeline, id, reason } of failed.rows)
        if (!calledOff.includes(machine.names.training(pipeline, id))) broken.push(`cycle ${id} failed: ${reason}`);
      const { rows } = await machine.database.query<{ words: string }>(
        `select count(*) || ' ' || (outcome ->> 'result') as words from cycles where outcome is not null
         group by outcome ->> 'result' order by 1`,
      );
      return { counted: rows.map(({ words }) => words).join(', '), broken };
    },
  },
  {
    name: 'every request is there, and settled or waited for',
    async look({ machine, promised, world: { name } }) {
      const { rows } = await machine.database.query<{ id: string; cycle: string | null }>(
        'select id, cycle from requests',
      );
      const known = new Set(rows.map(({ id }) => id));
      const broken = promised.requests.filter((id) => !known.has(id)).map((id) => `${id} was accepted and is lost`);
      const open = rows.filter(({ cycle }) => cycle === null);
      const { waiting } = await machine.operations.status.of(name);
      if (open.length > 0 && waiting === null) broken.push(`${open.length} are open and the loop does not wait`);
      return { counted: `${rows.length} requests, ${open.length} open`, broken };
    },
  },
];
