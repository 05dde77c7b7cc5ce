-- Who is champion is written down, and no longer read out of the order or size of the shares. The column `shares` holds the
-- arms; it keeps its name for servers of earlier releases, which read it while this one is rolled out.
alter table traffic add column champion int;
alter table traffic_history add column champion int;

-- A worker of an earlier release gives one version all traffic and names no champion.
create function name_champion() returns trigger language plpgsql as $$
begin
  if jsonb_array_length(new.shares) = 1 then
    new.champion := (new.shares -> 0 ->> 'version')::int;
  end if;
  return new;
end $$;
create trigger names_champion before insert or update on traffic for each row execute function name_champion();
create trigger names_champion before insert on traffic_history for each row execute function name_champion();

update traffic set champion = (shares -> 0 ->> 'version')::int;
update traffic_history set champion = (shares -> 0 ->> 'version')::int;
alter table traffic alter column champion set not null;
alter table traffic_history alter column champion set not null;

-- Different versions whose shares add up to 1 (floats do so nearly), the champion among them.
create function is_traffic(shares jsonb, champion int) returns boolean language sql immutable as $$
  select coalesce(
    min(share) > 0 and abs(sum(share) - 1) < 1e-9 and count(distinct version) = count(*) and bool_or(version = champion), false)
  from jsonb_to_recordset(shares) as arm (version int, share numeric)
$$;
alter table traffic add constraint one_champion check (is_traffic(shares, champion));
alter table traffic_history add constraint one_champion check (is_traffic(shares, champion));
