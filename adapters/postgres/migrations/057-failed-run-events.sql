-- Failures of all loops are events: those whose runs raise an alert, rollouts, and experiments that stored that they failed.
drop trigger notes_failed_run on alert_occasions;
create trigger notes_failed_run after insert on alert_occasions for each row
  when (new.fingerprint ~ '^(data|prediction|monitoring|retraining|lifecycle|rollout|experiment)-failed/')
  execute function note_failed_run();
create function note_failed_experiment() returns trigger language plpgsql set search_path from current as $$
begin
  insert into events (pipeline, kind, key, at, facts)
  values (new.pipeline, 'runFailed', 'experiment/' || new.id, coalesce((new.outcome ->> 'endedAt')::timestamptz, now()),
    jsonb_build_object('loop', 'experiment'))
  on conflict do nothing;
  return null;
end $$;
create trigger notes_failed_experiment after update of outcome on experiments for each row
  when (new.outcome ->> 'result' = 'failed') execute function note_failed_experiment();
