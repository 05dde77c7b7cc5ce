import { connected } from './connected.ts';
import type pg from 'pg';

const OURS = `relnamespace in (select oid from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema')`;

/** All that a test can have changed but for rows. */
const SHAPE = `
  with ours as (select * from pg_class where ${OURS})
  select md5(string_agg(part, ' ' order by part)) as shape from (
    select concat('class ', oid, relname, relkind, relchecks, relacl) as part from ours
    union all select concat('column ', attrelid, attname, atttypid, attnotnull, atthasdef)
      from pg_attribute where attnum > 0 and attrelid in (select oid from ours)
    union all select concat('constraint ', oid, convalidated) from pg_constraint
    union all select concat('trigger ', oid, tgenabled) from pg_trigger
    union all select concat('function ', oid, md5(prosrc)) from pg_proc where oid >= 16384
    union all select concat('schema ', oid, nspname) from pg_namespace
    union all select concat('setting ', setconfig)
      from pg_db_role_setting join pg_database on pg_database.oid = setdatabase where datname = current_database()
    union all select concat('migration ', name) from perennial.migrations
  ) as parts`;

const EMPTY = `
  set session_replication_role = replica; -- or triggers would refuse
  do $$
  declare it regclass;
  begin
    for it in select oid from pg_class where ${OURS} and relkind = 'r' and relname <> 'migrations' loop
      execute format('delete from %s', it);
    end loop;
    for it in select format('%I.%I', schemaname, sequencename)::regclass from pg_sequences where last_value is not null loop
      execute format('alter sequence %s restart', it);
    end loop;
  end $$`;

export const shapeOf = (url: string): Promise<string> => connected(url, readShape);

/** Ends all connections and takes all rows out; false if the database no longer has this shape. */
export const empty = (url: string, shape: string): Promise<boolean> =>
  connected(url, async (client) => {
    await client.query(
      'select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    if ((await readShape(client)) !== shape) return false;
    await client.query(EMPTY);
    return true;
  });

async function readShape(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ shape: string }>(SHAPE);
  return rows[0]!.shape;
}
