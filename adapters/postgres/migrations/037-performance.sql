-- What a day's predictions amount to, by version and slice, with the labels known at a moment.
create table performance_days (
  pipeline text        not null,
  day      timestamptz not null,
  known_at timestamptz not null,
  closed   boolean     not null, -- enough labels have come: it is not counted again
  arms     jsonb       not null,
  primary key (pipeline, day)
);
-- A version's own holdout by day, with which its predictions are compared.
create table performance_holdouts (
  pipeline text  not null,
  version  int   not null,
  days     jsonb not null,
  primary key (pipeline, version)
);

-- How far labels of a version's holdout lie from its estimates, by columns in one binning.
create table performance_errors (
  pipeline text  not null,
  version  int   not null,
  binning  text  not null,
  model    jsonb not null,
  primary key (pipeline, version, binning)
);

-- A training can be requested because the model's performance fell.
alter table requests drop constraint requests_reason_check,
  add constraint requests_reason_check check (reason in ('schedule', 'drift', 'decay', 'person'));
alter table cycles drop constraint cycles_reason_check,
  add constraint cycles_reason_check check (reason in ('schedule', 'drift', 'decay', 'person'));
