-- What the hours of a part's rows hold by group of bins, as drift checks of the source read them again and again.
create table part_groups (
  part     text        primary key,
  pipeline text        not null,
  to_time  timestamptz not null, -- where the part ends
  grouping text        not null, -- the hash of the binning and of its bins' groups: the last that was asked for
  hours    jsonb       not null
);
create index part_groups_by_time on part_groups (pipeline, to_time);
