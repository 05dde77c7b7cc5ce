-- A rollout takes its version to traffic step by step.

-- A version that scores the requests beside the arms; no caller sees its answers. Earlier releases know none, and set the
-- other columns: what they write has no shadow.
alter table traffic add column shadow int, add column shadow_of int;
alter table traffic_history add column shadow int;

-- How far a rollout is: how many steps it has passed, and which it is in (from 0) since when.
alter table rollouts add column passed int not null default 0, add column step int, add column step_since timestamptz;

-- What people told a running rollout, in which step.
create table rollout_orders (
  rollout text        not null references rollouts (id),
  id      bigint      generated always as identity,
  step    int         not null,
  "order" text        not null,
  "by"    text        not null,
  reason  text        not null,
  at      timestamptz not null,
  primary key (rollout, id)
);

-- What a rollout saw and decided at its looks: those that decided something, and those with markedly more requests.
create table rollout_looks (
  rollout  text        not null references rollouts (id),
  number   int         not null,
  step     int         not null,
  at       timestamptz not null,
  decision text        not null,
  reason   text        not null,
  arms     jsonb       not null,
  findings jsonb       not null,
  primary key (rollout, number)
);

-- What servers counted of each arm under a generation of the traffic: absolute totals of one process each.
create table arm_tallies (
  pipeline   text        not null,
  generation int         not null,
  version    int         not null,
  replica    text        not null,
  tally      jsonb       not null,
  told_at    timestamptz not null default now(),
  primary key (pipeline, generation, version, replica)
);
