-- Names that people give to versions: each names one version of its pipeline at a time, and can move to another.
create table model_aliases (
  pipeline text not null,
  alias    text not null,
  version  int  not null,
  primary key (pipeline, alias),
  foreign key (pipeline, version) references model_versions (pipeline, version)
);
create index model_aliases_by_version on model_aliases (pipeline, version);
-- What people keep with a version: words by name, and a note.
alter table model_versions add column tags jsonb not null default '{}', add column note text not null default '';
