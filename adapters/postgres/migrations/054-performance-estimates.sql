-- What was said of a day's predictions before their labels came; no metrics: nothing could be said.
create table performance_estimates (
  pipeline text        not null,
  day      timestamptz not null,
  version  int         not null,
  metrics  jsonb       not null,
  primary key (pipeline, day, version)
);
