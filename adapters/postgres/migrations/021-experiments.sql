-- Versions that share the traffic until a declared metric says which is best.
create table experiments (
  id         text        primary key, -- of the pipeline and a number: fraud-e1
  pipeline   text        not null,
  number     int         not null,
  revision   text        not null, -- applied when it was asked for
  plan       jsonb       not null,
  generation int         not null default 0, -- of the traffic that it made last
  reason     text        not null,
  asked_by   text        not null,
  via        text,
  asked_at   timestamptz not null,
  begun_at   timestamptz, -- by the loops' clock, like asked_at
  divided_at timestamptz,
  taken_out  jsonb       not null default '[]',
  stop       jsonb,
  outcome    jsonb,
  unique (pipeline, number),
  foreign key (pipeline, revision) references revisions (pipeline, revision)
);
-- Two at once would compare versions under each other's shares.
create unique index one_experiment on experiments (pipeline) where outcome is null;
create index experiments_newest on experiments (pipeline, asked_at desc);

-- What it saw and decided. Those that decided something stay; the others are thinned out over time.
create table experiment_looks (
  experiment text        not null references experiments (id),
  number     bigint      generated always as identity,
  at         timestamptz not null,
  decides    boolean     not null,
  look       jsonb       not null,
  primary key (experiment, number)
);

-- Numbers that callers post by name, of what became of a row: the newest of a key counts.
create table outcomes (
  pipeline    text             not null references pipelines (name),
  name        text             not null,
  key         text             not null,
  observed_at timestamptz      not null,
  value       double precision not null,
  primary key (pipeline, name, key, observed_at)
);
