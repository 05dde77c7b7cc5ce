-- Predictions and counts in partitions by time, so that what is old can go by dropping a table. Who writes makes the partitions;
-- TABLE_other holds the times that have none.

-- The table so far becomes one partition, of all times until the end of this day (or month). It is named after that day, so
-- retention drops it as a whole once that day is old; no later day looks at its rows. None of them is copied, except those of
-- later times: a caller may send any time.
create procedure become_partitioned(whole text, time_column text, unit text, digits text, key text, today timestamptz)
language plpgsql as $$
declare
  last_piece timestamptz := date_trunc(unit, today, 'UTC');
  until timestamptz := last_piece + ('1 ' || unit)::interval;
  old text := whole || '_' || to_char(last_piece at time zone 'UTC', digits);
  used boolean;
begin
  execute format('alter table %I rename to %I', whole, old);
  execute format('alter table %I drop constraint %I', old, whole || '_pkey');
  execute format('create table %I (like %I including defaults, primary key (%s)) partition by range (%I)',
    whole, old, key, time_column);
  execute format('create table %I partition of %I default', whole || '_other', whole);
  execute format('select exists (select from %I)', old) into used;
  if used then
    execute format('with later as (delete from %I where %I >= %L returning *) insert into %I select * from later',
      old, time_column, until, whole || '_other');
    execute format('alter table %I add primary key (%s)', old, key);
    execute format('alter table %I attach partition %I for values from (minvalue) to (%L)', whole, old, until);
  else
    execute format('drop table %I', old);
  end if;
end $$;

drop index predictions_by_time;
do $$
declare
  -- A simulated clock may be ahead of the database's.
  today timestamptz := (select greatest(now(), max(served_at)) from predictions);
begin
  -- By pipeline and time first: rows come in about that order, so inserts touch few pages, and one index serves all.
  call become_partitioned('predictions', 'time', 'day', 'YYYYMMDD', 'pipeline, time, id', today);
  call become_partitioned('served_counts', 'hour', 'month', 'YYYYMM', 'pipeline, hour, version, binning, replica, sequence', today);
end $$;
drop procedure become_partitioned;

-- Logged predictions that no total counts yet, by shipment. Written with the predictions; deleted with the total's change.
create table uncounted (
  pipeline text          not null,
  id       bigint        generated always as identity,
  ids      uuid[]        not null,
  times    timestamptz[] not null, -- of the same predictions, in the same order
  primary key (pipeline, id)
);
