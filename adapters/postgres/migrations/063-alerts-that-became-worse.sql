-- An alert that became less severe is no event: only one that opened or became worse is.
create or replace function note_alert() returns trigger language plpgsql set search_path from current as $$
declare
  severities text[] := array['info', 'warning', 'critical'];
begin
  if tg_op = 'UPDATE' and array_position(severities, new.severity) <= array_position(severities, old.severity) then return null; end if;
  insert into events (pipeline, kind, key, at, facts)
  values (new.pipeline, 'alert', new.id || '/' || new.severity, new.last_seen_at,
    jsonb_build_object('kind', new.kind, 'severity', new.severity, 'summary', new.summary))
  on conflict do nothing;
  return null;
end $$;
