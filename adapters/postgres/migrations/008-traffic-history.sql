-- Who served when. A row is written with every change of traffic and never changed.
create table traffic_history (
  pipeline   text        not null references pipelines (name),
  generation int         not null,
  shares     jsonb       not null,
  previous   int,
  from_time  timestamptz not null, -- by the clock that the loops run on, which may be a simulated one
  changed_at timestamptz not null default now(), -- by the database's
  changed_by text        not null,
  primary key (pipeline, generation)
);

-- The changes made so far are in the audit. A simulated clock runs ahead of the database's: there the moment that a
-- training was for is the later one. No change begins before the one that it follows.
insert into traffic_history (pipeline, generation, shares, previous, from_time, changed_at, changed_by)
select a.pipeline, (a.details ->> 'generation')::int, jsonb_build_array(jsonb_build_object('version', a.details -> 'version', 'share', 1)),
  (a.details ->> 'previous')::int,
  max(greatest(a.at, r.as_of)) over (partition by a.pipeline order by (a.details ->> 'generation')::int), a.at, a.who
from audit a
join pipelines p on p.name = a.pipeline
left join training_runs r on a.who = 'training run ' || r.id
where a.action = 'promote' and a.details ? 'generation'
on conflict do nothing;

-- Where the audit does not reach, the traffic of now is all that is known.
insert into traffic_history (pipeline, generation, shares, previous, from_time, changed_at, changed_by)
select pipeline, generation, shares, previous, changed_at, changed_at, 'the traffic before it had a history' from traffic
on conflict (pipeline, generation) do update set shares = excluded.shares, previous = excluded.previous;

-- The outcome of the holdout, stored once per training run: the holdout is not asked again.
alter table training_runs add column winner jsonb;
update training_runs r
set winner = jsonb_build_object('candidate', v.candidate, 'objectKey', v.object_key, 'sha256', v.sha256,
  'evaluation', v.evidence -> 'evaluation', 'gate', v.evidence -> 'gate')
from model_versions v where v.training_run = r.id;
