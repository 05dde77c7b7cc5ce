-- What each server lacks to send alerts to their recipients, as it says once in half a minute.
create table alert_reach (
  server  text        primary key,
  reach   jsonb       not null,
  seen_at timestamptz not null default now()
);
