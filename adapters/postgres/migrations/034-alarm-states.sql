-- What the drift alarm of a pipeline knows of quiet times, up to an hour: of one version, binning and list of columns.
create table alarm_states (
  pipeline text        not null,
  past     text        not null, -- the hash of those three
  up_to    timestamptz not null,
  state    jsonb       not null,
  primary key (pipeline, past, up_to)
);
