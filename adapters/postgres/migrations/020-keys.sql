-- Keys that programs and people send to the servers.
create table api_keys (
  id           text        primary key check (id ~ '^[0-9a-f]{8}$'), -- part of the key, so that it is found by it
  name         text        not null,
  hash         text        not null, -- SHA-256 of the whole key
  scopes       text[]      not null check (cardinality(scopes) > 0),
  pipelines    text[]      check (cardinality(pipelines) > 0), -- null: all
  per_minute   int         check (per_minute > 0), -- null: what the server's setting says
  created_by   text        not null,
  created_at   timestamptz not null default now(),
  expires_at   timestamptz, -- null: never
  revoked_at   timestamptz,
  last_used_at timestamptz -- written at most every ten minutes
);
