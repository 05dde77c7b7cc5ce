-- The names of the columns that a source was seen to have: each new one is told once. as_of is that of the run that noticed
-- it, null for those of the first look.
create table source_columns (
  pipeline text not null,
  place text not null,
  name text not null,
  as_of timestamptz,
  primary key (pipeline, place, name)
);
