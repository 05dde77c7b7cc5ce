-- What decides which delivery is next, so that one is found among thousands without looking at all of them.
alter table alert_deliveries
  add column fingerprint text, -- of its alert: its messages reach a target in order; null: a digest
  add column urgent      boolean not null default false;

-- Also for servers of an earlier release, which do not know the columns.
create function note_delivery() returns trigger language plpgsql set search_path from current as $$
begin
  select a.fingerprint, coalesce(t.severity = 'critical', false) into new.fingerprint, new.urgent
  from alert_tellings t left join alerts a on a.id = t.alert where t.id = new.telling;
  return new;
end $$;
create trigger notes_delivery before insert on alert_deliveries for each row execute function note_delivery();

update alert_deliveries d set fingerprint = a.fingerprint, urgent = coalesce(t.severity = 'critical', false)
from alert_tellings t left join alerts a on a.id = t.alert
where t.id = d.telling and d.delivered_at is null and d.given_up_at is null;

drop index alert_deliveries_due;
create index alert_deliveries_next on alert_deliveries (channel, (attempts > 0), urgent desc, due_at, telling)
  where delivered_at is null and given_up_at is null;
create index alert_deliveries_in_order on alert_deliveries (channel, target, fingerprint, telling)
  where delivered_at is null and given_up_at is null;
