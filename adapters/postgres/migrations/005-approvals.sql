-- Challengers that serve when a person says so. Whether one still waits is said by its cycle: that ends however the run does.
create table approvals (
  training_run text        primary key references training_runs (id),
  pipeline     text        not null,
  version      int         not null,
  cycle        text        not null references cycles (id),
  reason       text        not null, -- what the gate said of it
  asked_at     timestamptz not null,
  until        timestamptz not null,
  decision     jsonb,
  foreign key (pipeline, version) references model_versions (pipeline, version)
);
create index approvals_waiting on approvals (pipeline) where decision is null;
