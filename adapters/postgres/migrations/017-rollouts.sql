-- How a version gets traffic. Each is asked for once and ends once, by whomever it was asked for.
create table rollouts (
  id         text        primary key, -- of a training: its cycle's; asked for by hand: of pipeline, version and generation
  pipeline   text        not null,
  revision   text        not null, -- of the declaration that it follows
  version    int         not null,
  cycle      text        unique references cycles (id), -- null: somebody asked for it by hand
  generation int         not null, -- of the traffic that it may change
  reason     text        not null,
  asked_by   text        not null,
  via        text,
  asked_at   timestamptz not null,
  own_run    boolean     not null, -- false: a training of an earlier release takes it to its end
  outcome    jsonb,
  foreign key (pipeline, revision) references revisions (pipeline, revision),
  foreign key (pipeline, version) references model_versions (pipeline, version)
);
create index rollouts_newest on rollouts (pipeline, asked_at desc);

-- What came of a cycle is what came of its rollout. One that is opened again has its rollout open again.
create function follow_cycle() returns trigger language plpgsql set search_path from current as $$
begin
  update rollouts set outcome = new.outcome where cycle = new.id;
  return null;
end $$;
create trigger rollout_follows after update of outcome on cycles for each row execute function follow_cycle();

-- An approval is a rollout's. Until now a rollout was part of its training run, and approvals were kept by that.
insert into rollouts (id, pipeline, revision, version, cycle, generation, reason, asked_by, asked_at, own_run, outcome)
select a.training_run, a.pipeline, t.revision, a.version, a.cycle, t.generation, a.reason,
  'training run ' || a.training_run, a.asked_at, false, c.outcome
from approvals a join training_runs t on t.id = a.training_run join cycles c on c.id = a.cycle;

alter table approvals add column rollout text references rollouts (id);
update approvals set rollout = training_run;
alter table approvals drop constraint approvals_pkey;
alter table approvals add primary key (rollout), add unique (training_run),
  alter column training_run drop not null, alter column cycle drop not null;

-- Workers and servers of earlier releases, which may run beside this one or after it, read and write the columns
-- training_run, pipeline, version, cycle and reason. This release reads them from the rollout.
create function know_rollout() returns trigger language plpgsql set search_path from current as $$
begin
  if new.rollout is null then
    insert into rollouts (id, pipeline, revision, version, cycle, generation, reason, asked_by, asked_at, own_run)
    select id, new.pipeline, revision, new.version, new.cycle, generation, new.reason, 'training run ' || id, new.asked_at, false
    from training_runs where id = new.training_run
    on conflict do nothing;
    new.rollout := new.training_run;
  else
    select cycle, pipeline, version, cycle, reason into new.training_run, new.pipeline, new.version, new.cycle, new.reason
    from rollouts where id = new.rollout;
  end if;
  return new;
end $$;
create trigger knows_rollout before insert on approvals for each row execute function know_rollout();
