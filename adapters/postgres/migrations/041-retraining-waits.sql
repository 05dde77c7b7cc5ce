-- What requests waited for before their training, by the loops' clock: a row for each reason. The cycle that they led to
-- comes when it opens.
create table retraining_waits (
  id        bigint generated always as identity primary key,
  pipeline  text        not null references pipelines (name),
  what      text        not null, -- 'debounce', 'cooldown', 'budget', ...
  why       text        not null, -- in words
  from_time timestamptz not null,
  until     timestamptz not null,
  ended_at  timestamptz,
  cycle     text references cycles (id)
);
create index retraining_waits_open on retraining_waits (pipeline) where cycle is null;
create index retraining_waits_of_cycle on retraining_waits (cycle) where cycle is not null;
