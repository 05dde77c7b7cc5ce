-- When a message's recipients were chosen, on the pipelines' clock; escalation counts from that of the message that begins it.
alter table alert_tellings
  add column addressed_at      timestamptz,
  add column begins_escalation boolean not null default false;
