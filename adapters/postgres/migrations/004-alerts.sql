-- What a person should know. One open row per fingerprint; a row that has ended stays, for the story.
create table alerts (
  id             text        primary key,
  fingerprint    text        not null,
  pipeline       text        references pipelines (name), -- null: it is about the installation
  kind           text        not null,
  severity       text        not null check (severity in ('warning', 'critical')),
  summary        text        not null,
  detail         text        not null,
  opened_at      timestamptz not null,
  last_seen_at   timestamptz not null,
  times          int         not null,
  resolved_at    timestamptz,
  resolved_by    text,
  silenced_until timestamptz,
  told_at        timestamptz, -- of this fingerprint, also in an earlier row: the cooldown counts from here
  told_severity  text,
  told           boolean     not null
);
create unique index one_open_alert on alerts (fingerprint) where resolved_at is null;
create index alerts_by_fingerprint on alerts (fingerprint, opened_at desc);
create index alerts_newest on alerts (opened_at desc);

-- Which occasions have been counted: a step that is tried again raises the same one.
create table alert_occasions (
  fingerprint text        not null,
  occasion    text        not null,
  alert       text        not null references alerts (id),
  at          timestamptz not null default now(),
  primary key (fingerprint, occasion)
);

-- The words people are to be told, written with the alert's change; later addressed to whom the server knows.
create table alert_tellings (
  id        bigint generated always as identity primary key,
  alert     text        not null references alerts (id),
  telling   text        not null check (telling in ('opened', 'worse', 'still', 'resolved')),
  subject   text        not null,
  text      text        not null,
  told_at   timestamptz not null default now(),
  addressed boolean     not null default false
);
create index alert_tellings_new on alert_tellings (id) where not addressed;

create table alert_deliveries (
  id           uuid        primary key default gen_random_uuid(),
  telling      bigint      not null references alert_tellings (id),
  channel      text        not null check (channel in ('email', 'slack')),
  target       text        not null, -- an address, or the name of a variable: never a secret
  created_at   timestamptz not null default now(),
  due_at       timestamptz not null default now(),
  attempts     int         not null default 0,
  last_error   text,
  delivered_at timestamptz,
  given_up_at  timestamptz,
  unique (telling, channel, target)
);
create index alert_deliveries_due on alert_deliveries (due_at) where delivered_at is null and given_up_at is null;
