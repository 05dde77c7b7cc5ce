-- Who has taken an alert on, and how many declared steps of people were told that nobody has.
alter table alerts
  add column acknowledged_at       timestamptz,
  add column acknowledged_by       text,
  add column acknowledged_severity text,
  add column critical_since        timestamptz, -- when people were first told that it is critical
  add column escalated             int not null default 0;

-- A digest is of a pipeline and of no single alert.
alter table alert_tellings
  alter column alert drop not null,
  drop constraint alert_tellings_telling_check,
  add constraint alert_tellings_telling_check
    check (telling in ('opened', 'worse', 'still', 'resolved', 'acknowledged', 'escalated', 'digest')),
  add column pipeline   text references pipelines (name),
  add column severity   text, -- when it was written; null: the alert's
  add column step       int, -- the declared step that it escalates to
  add column held_until timestamptz; -- waits for the end of quiet hours

-- Up to when digests have been made. The first row of a pipeline is where they begin.
create table alert_digests (
  pipeline text        not null references pipelines (name),
  at       timestamptz not null,
  primary key (pipeline, at)
);
