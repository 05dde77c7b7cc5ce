-- The facts: everything Perennial knows, besides what runs (Temporal) and bytes (the object store).

create table revisions (
  pipeline    text        not null,
  revision    text        not null,
  declaration jsonb       not null,
  created_at  timestamptz not null default now(),
  created_by  text        not null,
  primary key (pipeline, revision)
);

create table pipelines (
  name       text        primary key,
  revision   text        not null,
  applied_at timestamptz not null default now(),
  foreign key (name, revision) references revisions (pipeline, revision)
);

-- Who did what, on which evidence. Written in the transaction of the change it speaks of.
create table audit (
  id         bigint generated always as identity primary key,
  at         timestamptz not null default now(),
  who        text        not null,
  action     text        not null,
  pipeline   text        not null,
  details    jsonb       not null
);
create index audit_by_pipeline on audit (pipeline, at desc);

-- Data ---------------------------------------------------------------------------------------------------------------

create table parts (
  extraction text        primary key, -- from the input alone: a retry finds the finished part
  pipeline   text        not null references pipelines (name),
  kind       text        not null check (kind in ('rows', 'labels')),
  from_time  timestamptz not null,
  to_time    timestamptz not null,
  object_key text        not null,
  sha256     text        not null,
  rows       bigint      not null,
  bytes      bigint      not null,
  created_at timestamptz not null default now()
);

create table snapshots (
  id           text        primary key,
  pipeline     text        not null references pipelines (name),
  revision     text        not null,
  as_of        timestamptz not null,
  status       text        not null check (status in ('assembled', 'published', 'quarantined')),
  expectations jsonb       not null default '[]',
  created_at   timestamptz not null default now(),
  unique (pipeline, revision, as_of)
);
create index snapshots_newest on snapshots (pipeline, as_of desc) where status = 'published';

create table snapshot_parts (
  snapshot   text not null references snapshots (id),
  extraction text not null references parts (extraction),
  position   int  not null,
  primary key (snapshot, position)
);

create table binnings (
  id         text        not null,
  pipeline   text        not null references pipelines (name),
  columns    jsonb       not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (pipeline, id)
);

create table profiles (
  pipeline text  not null,
  subject  text  not null, -- 'snapshot/ID', 'version/N': the set of rows that was counted
  binning  text  not null,
  profile  jsonb not null,
  primary key (pipeline, subject, binning),
  foreign key (pipeline, binning) references binnings (pipeline, id)
);

create table labels (
  pipeline    text             not null references pipelines (name),
  key         text             not null,
  value       double precision not null,
  observed_at timestamptz      not null,
  primary key (pipeline, key, observed_at)
);

-- Retraining -----------------------------------------------------------------------------------------------------------

create table cycles (
  id          text        primary key,
  pipeline    text        not null references pipelines (name),
  reason      text        not null check (reason in ('schedule', 'drift', 'person')),
  as_of       timestamptz not null,
  drift_since timestamptz,
  opened_at   timestamptz not null default now(),
  outcome     jsonb
);
create unique index one_open_cycle on cycles (pipeline) where outcome is null;
create index cycles_newest on cycles (pipeline, as_of desc);

create table requests (
  id          text        primary key,
  pipeline    text        not null references pipelines (name),
  reason      text        not null check (reason in ('schedule', 'drift', 'person')),
  as_of       timestamptz not null,
  detail      text        not null,
  drift_since timestamptz,
  cycle       text        references cycles (id),
  asked_at    timestamptz not null default now()
);
create index requests_open on requests (pipeline) where cycle is null;

create table training_runs (
  id           text        primary key,
  pipeline     text        not null references pipelines (name),
  revision     text        not null,
  cycle        text        not null unique references cycles (id),
  as_of        timestamptz not null,
  snapshot     text        not null references snapshots (id),
  champion     int,
  generation   int         not null,
  training_set jsonb,
  created_at   timestamptz not null default now()
);

create table candidates (
  training_run text  not null references training_runs (id),
  candidate    text  not null,
  result       jsonb not null,
  primary key (training_run, candidate)
);

-- Models and who serves ------------------------------------------------------------------------------------------------

create table model_versions (
  pipeline     text        not null references pipelines (name),
  version      int         not null,
  revision     text        not null,
  training_run text        not null unique references training_runs (id),
  candidate    text        not null,
  object_key   text        not null,
  sha256       text        not null,
  stage        text        not null check (stage in ('candidate', 'staging', 'production', 'archived')),
  evidence     jsonb       not null, -- splits, evaluation and the gate's verdict, as they were when it was registered
  created_at   timestamptz not null default now(),
  primary key (pipeline, version)
);
create unique index one_in_production on model_versions (pipeline) where stage = 'production';

create table traffic (
  pipeline   text        primary key references pipelines (name),
  generation int         not null,
  shares     jsonb       not null,
  previous   int,
  changed_at timestamptz not null default now()
);

-- Serving and watching -------------------------------------------------------------------------------------------------

create table predictions (
  id        uuid             not null,
  pipeline  text             not null,
  version   int              not null,
  key       text             not null,
  time      timestamptz      not null,
  row       jsonb            not null,
  score     double precision not null,
  decision  boolean          not null,
  served_at timestamptz      not null,
  primary key (id, time) -- with the time, so that the table can be partitioned by it
);
create index predictions_by_time on predictions (pipeline, time);

create table served_counts (
  pipeline text        not null,
  version  int         not null,
  binning  text        not null,
  replica  text        not null,
  sequence bigint      not null,
  hour     timestamptz not null,
  profile  jsonb       not null,
  primary key (pipeline, hour, version, binning, replica, sequence)
);

create table verdicts (
  id       text        primary key,
  pipeline text        not null references pipelines (name),
  as_of    timestamptz not null,
  level    text        not null check (level in ('stable', 'drifting', 'severe')),
  verdict  jsonb       not null,
  unique (pipeline, as_of)
);
