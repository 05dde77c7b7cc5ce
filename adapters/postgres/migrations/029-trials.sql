-- What training runs tried: declared candidates, and the trials of a search, with all rungs each one came through.
create table trials (
  training_run text        not null references training_runs (id),
  candidate    text        not null,
  recipe       text        not null,
  spec         jsonb, -- the recipe with all options; null: a model from elsewhere, or one that is not known any more
  searched     boolean     not null default false,
  state        text        not null default 'waiting',
  reason       text,
  rung         smallint, -- the latest with a result
  results      jsonb       not null default '{}', -- by rung
  seconds      float8      not null default 0,
  curve        jsonb,
  primary key (training_run, candidate)
);
create index trials_by_recipe on trials (recipe);
create index training_runs_by_time on training_runs (pipeline, created_at desc);

-- The rungs of a run's search, and how it ended. null: it does not search.
alter table training_runs add column search jsonb;

insert into trials (training_run, candidate, recipe, spec, state, rung, results, seconds)
select c.training_run, c.candidate, coalesce(declared ->> 'kind', 'brought'), declared, 'finished', 0,
       jsonb_build_object('0', jsonb_build_object(
         'rung', 0,
         'rows', coalesce((r.training_set -> 'rows' ->> 'train')::bigint, 0),
         'selection', c.result -> 'selection',
         'seconds', c.result -> 'seconds',
         'epochs', coalesce(c.result -> 'epochs', '0'),
         'trees', c.result -> 'trees')),
       coalesce((c.result ->> 'seconds')::float8, 0)
from candidates c
join training_runs r on r.id = c.training_run
left join revisions v on v.pipeline = r.pipeline and v.revision = r.revision
left join lateral (
  select one as declared from jsonb_array_elements(v.declaration -> 'candidates') one where one ->> 'name' = c.candidate limit 1
) d on true;
