-- Batches of predictions: written part by part, seen as a whole or not at all.

create table batches (
  id           text        primary key,
  pipeline     text        not null references pipelines (name),
  revision     text        not null,
  as_of        timestamptz not null,
  version      int         not null, -- who served when it was opened
  snapshot     text        not null references snapshots (id),
  from_time    timestamptz not null,
  to_time      timestamptz not null,
  status       text        not null check (status in ('scoring', 'published')) default 'scoring',
  rows         bigint      not null default 0,
  created_at   timestamptz not null default now(),
  published_at timestamptz,
  unique (pipeline, as_of),
  foreign key (pipeline, version) references model_versions (pipeline, version)
);

create table batch_parts (
  batch      text   not null references batches (id),
  extraction text   not null references parts (extraction),
  object_key text   not null,
  sha256     text   not null,
  rows       bigint not null,
  primary key (batch, extraction)
);

-- Without a foreign key, which would be looked up for each of millions of rows: they come in one transaction with
-- their part, which has one.
create table batch_predictions (
  batch    text             not null,
  key      text             not null,
  time     timestamptz      not null,
  score    double precision not null,
  decision boolean, -- null where a score estimates a number
  primary key (batch, key)
);

-- What applications read.
create view published_predictions as
  select b.pipeline, b.as_of, b.version, p.batch, p.key, p.time, p.score, p.decision
  from batch_predictions p join batches b on b.id = p.batch
  where b.status = 'published';
