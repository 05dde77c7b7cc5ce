-- What happened to pipelines that an automation can act on. Triggers write it, so it is there whoever made the change.
create table events (
  id          bigint      generated always as identity primary key,
  pipeline    text        not null references pipelines (name),
  kind        text        not null,
  key         text        not null, -- names what happened: it is an event once
  at          timestamptz not null, -- by the loops' clock
  facts       jsonb       not null,
  recorded_at timestamptz not null default now(),
  looked_at   timestamptz, -- when automations were last asked about it
  unique (pipeline, kind, key)
);
create index events_newest on events (pipeline, id desc);
create index events_new on events (id) where looked_at is null;
create index events_old on events (recorded_at);

-- What an automation did about an event: once, since it takes the row before it acts.
create table automation_runs (
  pipeline   text        not null,
  automation text        not null,
  event      bigint      not null references events (id) on delete cascade,
  at         timestamptz not null,
  state      text        not null check (state in ('taken', 'done', 'failed', 'cooling')),
  says       text        not null default '',
  primary key (pipeline, automation, event)
);
create index automation_runs_newest on automation_runs (pipeline, automation, at desc);

-- A check that found another level than the one before it. A backfill of an earlier time is none.
create function note_verdict() returns trigger language plpgsql set search_path from current as $$
declare
  before text;
begin
  if new.verdict ->> 'abstained' is not null
    or exists (select from verdicts where pipeline = new.pipeline and as_of > new.as_of) then return null; end if;
  select level into before from verdicts
  where pipeline = new.pipeline and as_of < new.as_of and verdict ->> 'abstained' is null order by as_of desc limit 1;
  if new.level <> coalesce(before, 'stable') then
    insert into events (pipeline, kind, key, at, facts)
    values (new.pipeline, 'verdict', new.id, new.as_of, jsonb_build_object('verdict', new.id, 'level', new.level,
      'before', coalesce(before, 'stable'), 'drifted', coalesce((
        select jsonb_agg(c -> 'column') from jsonb_array_elements(new.verdict -> 'columns') c
        where (c ->> 'drifted')::boolean and (c ->> 'votes')::boolean), '[]')))
    on conflict do nothing;
  end if;
  return null;
end $$;
create trigger notes_verdict after insert on verdicts for each row execute function note_verdict();

-- An alert that opened or became worse; those that automations raise are none.
create function note_alert() returns trigger language plpgsql set search_path from current as $$
begin
  insert into events (pipeline, kind, key, at, facts)
  values (new.pipeline, 'alert', new.id || '/' || new.severity, new.last_seen_at,
    jsonb_build_object('kind', new.kind, 'severity', new.severity, 'summary', new.summary))
  on conflict do nothing;
  return null;
end $$;
create trigger notes_alert after insert or update of severity on alerts for each row
  when (new.pipeline is not null and new.kind <> 'automation' and new.resolved_at is null) execute function note_alert();

-- A run of a loop that failed, as its alert tells; a cycle tells of its training.
create function note_failed_run() returns trigger language plpgsql set search_path from current as $$
begin
  insert into events (pipeline, kind, key, at, facts)
  select pipeline, 'runFailed', new.occasion, last_seen_at, jsonb_build_object('loop', replace(kind, '-failed', ''))
  from alerts where id = new.alert and pipeline is not null
  on conflict do nothing;
  return null;
end $$;
create trigger notes_failed_run after insert on alert_occasions for each row
  when (new.fingerprint ~ '^(data|prediction|monitoring)-failed/') execute function note_failed_run();
create function note_failed_cycle() returns trigger language plpgsql set search_path from current as $$
begin
  insert into events (pipeline, kind, key, at, facts)
  values (new.pipeline, 'runFailed', 'cycle/' || new.id || '/' || new.reopened, coalesce((new.outcome ->> 'endedAt')::timestamptz, now()),
    jsonb_build_object('loop', 'training'))
  on conflict do nothing;
  return null;
end $$;
create trigger notes_failed_cycle after update of outcome on cycles for each row
  when (new.outcome ->> 'result' = 'failed') execute function note_failed_cycle();

create function note_promotion() returns trigger language plpgsql set search_path from current as $$
declare
  before int;
begin
  select champion into before from traffic_history
  where pipeline = new.pipeline and generation < new.generation order by generation desc limit 1;
  if before is distinct from new.champion then
    insert into events (pipeline, kind, key, at, facts)
    values (new.pipeline, 'promoted', new.generation::text, new.from_time,
      jsonb_build_object('version', new.champion, 'before', before, 'by', new.changed_by))
    on conflict do nothing;
  end if;
  return null;
end $$;
create trigger notes_promotion after insert on traffic_history for each row execute function note_promotion();

create function note_publication() returns trigger language plpgsql set search_path from current as $$
begin
  if not exists (select from snapshots where pipeline = new.pipeline and status = 'published' and as_of > new.as_of) then
    insert into events (pipeline, kind, key, at, facts)
    values (new.pipeline, 'published', new.id, new.as_of, jsonb_build_object('snapshot', new.id)) on conflict do nothing;
  end if;
  return null;
end $$;
create trigger notes_publication after update of status on snapshots for each row
  when (old.status <> 'published' and new.status = 'published') execute function note_publication();
