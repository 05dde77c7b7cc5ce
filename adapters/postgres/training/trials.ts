import type { Curve } from '../../../core/search/curve.ts';
import type { SearchPlan } from '../../../core/search/rungs.ts';
import type { OptionFilter, RunLine, Trial, TrialFilter, TrialResult, Trials } from '../../../core/search/trials.ts';
import type { Database } from '../database.ts';

/** A run is over once it chose a winner, or its cycle ended without. */
const OVER = `(r.winner is not null or exists (select from cycles c where c.id = r.cycle and c.outcome is not null))`;
/** A trial that was still under way then will not end any more. */
const LEFT = `(t.state in ('waiting', 'running') and ${OVER})`;
const CANCELLED = `exists (select from cycles c where c.id = r.cycle and c.outcome ->> 'result' = 'cancelled')`;
const trialColumns = `
  t.training_run as run, r.pipeline, t.candidate, t.recipe, t.spec, t.searched,
  case when ${LEFT} then 'failed' else t.state end as state,
  case when ${LEFT} then case when ${CANCELLED} then 'the training was cancelled' else 'it did not end' end else t.reason end as reason,
  t.results -> t.rung::text as result, t.seconds, r.created_at as at, r.as_of as "asOf",
  coalesce(v.metric, 'averagePrecision') as metric,
  coalesce(r.winner ->> 'candidate' = t.candidate, false) as winner`;
/** Read once a revision: a declaration is long, and each of its trials would unpack it. */
const withMetrics = `with metrics as materialized (
  select pipeline, revision, declaration -> 'gates' ->> 'metric' as metric from revisions)`;
const trialTables = `trials t join training_runs r on r.id = t.training_run
  left join metrics v on v.pipeline = r.pipeline and v.revision = r.revision`;

export function createTrials(database: Database): Trials {
  const find: Trials['find'] = async (run, candidate, rung) => {
    const { rows } = await database.query<{ result: TrialResult | null }>(
      'select results -> $3::text as result from trials where training_run = $1 and candidate = $2',
      [run, candidate, String(rung)],
    );
    return rows[0]?.result ?? null;
  };

  const findPlan: Trials['findPlan'] = async (run) => {
    const { rows } = await database.query<{ search: SearchPlan | null }>(
      'select search from training_runs where id = $1',
      [run],
    );
    return rows[0]?.search ?? null;
  };

  return {
    find,
    findPlan,

    async open(run, trials) {
      await database.query(
        `insert into trials (training_run, candidate, recipe, spec, searched)
         select $1, one ->> 'candidate', one ->> 'recipe', nullif(one -> 'spec', 'null'), (one ->> 'searched')::boolean
         from jsonb_array_elements($2::jsonb) one
         on conflict do nothing`,
        [run, JSON.stringify(trials)],
      );
    },

    async begin(run, candidate) {
      await database.query(
        `update trials set state = 'running', reason = null
         where training_run = $1 and candidate = $2 and state in ('waiting', 'failed')`,
        [run, candidate],
      );
    },

    async record(run, candidate, result, curve, last) {
      await database.query(
        `update trials
         set results = results || jsonb_build_object($3::text, $4::jsonb), rung = greatest(rung, $3::int),
             seconds = seconds + $5, curve = $6,
             state = case when $7 then 'finished' when state = 'stopped' then state else 'waiting' end,
             reason = case when state = 'stopped' and not $7 then reason end
         where training_run = $1 and candidate = $2 and not results ? $3::text`,
        [run, candidate, String(result.rung), result, result.seconds, JSON.stringify(curve), last],
      );
      return (await find(run, candidate, result.rung)) ?? result;
    },

    async end(run, candidates, state, reason) {
      await database.query(
        `update trials set state = $3, reason = $4
         where training_run = $1 and candidate = any($2) and state not in ('finished', 'stopped')
           and not (state = 'failed' and $3 = 'stopped')`,
        [run, candidates, state, reason],
      );
    },

    async plan(run, plan) {
      await database.query('update training_runs set search = $2 where id = $1 and search is null', [run, plan]);
      return (await findPlan(run))!;
    },

    async endSearch(run, outcome) {
      await database.query(
        `update training_runs set search = jsonb_set(search, '{outcome}', to_jsonb($2::text))
         where id = $1 and search ->> 'outcome' is null`,
        [run, outcome],
      );
    },

    async of(run) {
      const { rows } = await database.query<Trial>(
        `${withMetrics} select ${trialColumns} from ${trialTables} where t.training_run = $1 order by t.candidate`,
        [run],
      );
      return rows;
    },

    async curves(run, candidates) {
      const { rows } = await database.query<{ candidate: string; curve: Curve }>(
        `select candidate, curve from trials
         where training_run = $1 and candidate = any($2) and jsonb_array_length(curve) > 0 order by candidate`,
        [run, candidates],
      );
      return Object.fromEntries(rows.map(({ candidate, curve }) => [candidate, curve]));
    },

    async list(filter) {
      const { where, values } = conditionsOf(filter);
      const { rows } = await database.query<Trial>(
        `${withMetrics} select ${trialColumns} from ${trialTables} where ${where}
         order by r.created_at desc, t.training_run, t.candidate limit $1`,
        values,
      );
      return rows;
    },

    async runs(pipeline, limit, run) {
      const { rows } = await database.query<RunLine>(
        `${withMetrics}
         select r.id as run, r.pipeline, r.created_at as at, r.as_of as "asOf", r.search,
                ${OVER} as over, r.winner ->> 'candidate' as winner,
                coalesce(v.metric, 'averagePrecision') as metric,
                (select count(*) from trials where training_run = r.id) as trials
         from training_runs r left join metrics v on v.pipeline = r.pipeline and v.revision = r.revision
         where r.pipeline = $1 and ($3::text is null or r.id = $3) order by r.created_at desc, r.id limit $2`,
        [pipeline, limit, run ?? null],
      );
      return rows;
    },
  };
}

const NUMBER = `'^-?\\d+(\\.\\d+)?([eE][-+]?\\d+)?$'`;

function conditionsOf(filter: TrialFilter): { where: string; values: unknown[] } {
  const values: unknown[] = [filter.limit];
  const given = (value: unknown): string => `$${values.push(value)}`;
  const conditions = ['true'];
  const { pipeline, recipe, state, metric, least, most, since, until, options = [] } = filter;
  if (pipeline !== undefined) conditions.push(`r.pipeline = ${given(pipeline)}`);
  if (recipe !== undefined) conditions.push(`t.recipe = ${given(recipe)}`);
  if (state !== undefined) conditions.push(`(case when ${LEFT} then 'failed' else t.state end) = ${given(state)}`);
  if (since !== undefined) conditions.push(`r.created_at >= ${given(since)}`);
  if (until !== undefined) conditions.push(`r.created_at < ${given(until)}`);
  if (least !== undefined || most !== undefined) {
    const name = metric === undefined ? `v.metric` : given(metric);
    const value = `(t.results -> t.rung::text -> 'selection' ->> (${name}))::float8`;
    if (least !== undefined) conditions.push(`${value} >= ${given(least)}`);
    if (most !== undefined) conditions.push(`${value} <= ${given(most)}`);
  }
  for (const option of options) conditions.push(optionCondition(option, given));
  return { where: conditions.join(' and '), values };
}

function optionCondition(filter: OptionFilter, given: (value: unknown) => string): string {
  const name = given(filter.option);
  if ('is' in filter) return `t.spec -> ${name}::text = ${given(asJson(filter.is))}::jsonb`;
  const value = `(t.spec ->> ${name}::text)`;
  // A case decides before the cast: another recipe may have a list in an option of this name.
  const number = `(case when ${value} ~ ${NUMBER} then ${value}::float8 end)`;
  const ends = [];
  if (filter.least !== null) ends.push(`${number} >= ${given(filter.least)}`);
  if (filter.most !== null) ends.push(`${number} <= ${given(filter.most)}`);
  return ends.length === 0 ? `${value} is not null` : ends.join(' and ');
}

/** asJson('31') // => '31', and 'up' is a text */
function asJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return JSON.stringify(text);
  }
}
