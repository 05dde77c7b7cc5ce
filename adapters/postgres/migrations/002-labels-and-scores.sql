-- Where a score estimates a number, nothing is decided.
alter table predictions alter column decision drop not null;

-- Label facts may come from elsewhere than a table, so where they are is written together.
update revisions
set declaration = jsonb_set(
  declaration,
  '{label}',
  (declaration -> 'label') - '{connection,table,key,value,observedAt}'::text[] || jsonb_build_object(
    'facts',
    jsonb_build_object(
      'kind', 'postgres',
      'connection', declaration #> '{label,connection}',
      'table', declaration #> '{label,table}',
      'key', declaration #> '{label,key}',
      'value', declaration #> '{label,value}',
      'observedAt', declaration #> '{label,observedAt}'
    )
  )
)
where declaration -> 'label' ? 'table';
