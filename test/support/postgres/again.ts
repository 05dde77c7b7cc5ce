import { connected } from './connected.ts';

const OURS = `relnamespace in (
  select oid from pg_namespace where nspname !~ '^pg_' and nspname not in ('information_schema', 'kept')
)`;

/** All that a test can have changed but for rows. */
const SHAPE = `
  with ours as (select * from pg_class where ${OURS})
  select md5(string_agg(part, ' ' order by part)) as shape from (
    select concat('class ', oid, relname, relkind, relfilenode, relchecks, relacl) as part from ours
    union all select concat('column ', attrelid, attname, atttypid, attnotnull, atthasdef)
      from pg_attribute where attnum > 0 and attrelid in (select oid from ours)
    union all select concat('constraint ', oid, convalidated) from pg_constraint
    union all select concat('trigger ', oid, tgenabled) from pg_trigger
    union all select concat('function ', oid, md5(prosrc)) from pg_proc where oid >= 16384
    union all select concat('schema ', oid, nspname) from pg_namespace
    union all select concat('setting ', setconfig)
      from pg_db_role_setting join pg_database on pg_database.oid = setdatabase where datname = current_database()
  ) as parts`;

/** Copies the rows of a prepared database into a schema of their own. */
const KEEP = `
  drop schema if exists kept cascade; -- of the template it began with
  create schema kept;
  create table kept.sequences as
    select format('%I.%I', schemaname, sequencename)::regclass as it, start_value, last_value from pg_sequences;
  create table kept.rows (it oid, columns text);
  do $$
  declare
    it regclass;
    has_rows boolean;
  begin
    for it in select oid from pg_class where ${OURS} and relkind = 'r' loop
      execute format('select exists (select from %s)', it) into has_rows;
      continue when not has_rows;
      execute format('create table kept.%I as select * from %s', it::oid, it);
      insert into kept.rows select it::oid, string_agg(format('%I', attname), ', ')
        from pg_attribute where attrelid = it and attnum > 0 and not attisdropped and attgenerated = '';
    end loop;
  end $$;
  create table kept.shape as ${SHAPE}`;

/** Puts back what is different in the tables that a test has written to, which Postgres counts. */
const RESTORE = `
  set session_replication_role = replica; -- or triggers would refuse
  do $$
  declare changed record;
  begin
    for changed in
      select relid as class, columns from pg_stat_user_tables left join kept.rows on rows.it = relid
      where schemaname <> 'kept' and n_tup_ins + n_tup_upd + n_tup_del > 0
    loop
      execute format('delete from %s', changed.class::regclass);
      continue when changed.columns is null;
      execute format('insert into %1$s (%2$s) overriding system value select %2$s from kept.%3$I', changed.class::regclass, changed.columns, changed.class);
    end loop;
  end $$;
  select setval(it, coalesce(kept.last_value, kept.start_value), kept.last_value is not null)
    from kept.sequences as kept join pg_sequences as now on format('%I.%I', schemaname, sequencename)::regclass = it
    where now.last_value is distinct from kept.last_value;
  select pg_stat_force_next_flush()`;

export const keep = (url: string): Promise<unknown> => connected(url, (client) => client.query(KEEP));

/** Makes a database what it was before its test; false if more than rows have changed. */
export const restore = (url: string): Promise<boolean> =>
  connected(url, async (client) => {
    const { rowCount } = await client.query(`select from kept.shape join (${SHAPE}) as now using (shape)`);
    if (rowCount === 0) return false;
    await client.query(RESTORE);
    await client.query('select pg_stat_reset()');
    return true;
  });
