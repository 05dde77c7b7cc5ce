-- Data runs that may be about to name a part: while one shows life, no part of its pipeline is removed.
create table part_holds (
  run      text        primary key,
  pipeline text        not null references pipelines (name),
  seen_at  timestamptz not null default now() -- its newest sign of life
);
