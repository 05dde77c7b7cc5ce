-- Names that people give to snapshots: each names one snapshot of its pipeline at a time, and can move to another.
create table snapshot_tags (
  pipeline text not null references pipelines (name),
  tag      text not null,
  snapshot text not null references snapshots (id),
  primary key (pipeline, tag)
);
create index snapshot_tags_by_snapshot on snapshot_tags (snapshot);
