-- Where an alarm judges, the columns of a check's event are those behind it, as people are told: a column that has long
-- been far from the holdout, and is as usual, set off automations that wait for it whenever another one moved.
-- Columns that an alarm is blind for, and that warn in its place, are behind a check's level as those it is raised for.
create or replace function note_verdict() returns trigger language plpgsql set search_path from current as $$
declare
  before text;
begin
  if new.verdict ->> 'abstained' is not null
    or exists (select from verdicts where pipeline = new.pipeline and as_of > new.as_of) then return null; end if;
  select level into before from verdicts
  where pipeline = new.pipeline and as_of < new.as_of and verdict ->> 'abstained' is null order by as_of desc limit 1;
  if new.level <> coalesce(before, 'stable') then
    insert into events (pipeline, kind, key, at, facts)
    values (new.pipeline, 'verdict', new.id, new.as_of, jsonb_build_object('verdict', new.id, 'level', new.level,
      'before', coalesce(before, 'stable'), 'drifted', coalesce((
        select jsonb_agg(name order by since, place) from (
          select name, min(since) as since, min(place) as place from (
            select raised ->> 'column' as name, raised ->> 'since' as since, place
            from jsonb_array_elements(coalesce(new.verdict #> '{alarm,raised}', '[]')) with ordinality as of (raised, place)
            union all
            select warned #>> '{}', null, place
            from jsonb_array_elements(coalesce(new.verdict #> '{alarm,warned}', '[]')) with ordinality as of (warned, place)
            union all
            select moved ->> 'column', null, place
            from jsonb_array_elements(new.verdict -> 'columns') with ordinality as of (moved, place)
            where not new.verdict ? 'alarm'
              and (moved ->> 'drifted')::boolean and (moved ->> 'votes')::boolean and (moved ->> 'weight')::float8 > 0
          ) told group by name
        ) named), '[]')))
    on conflict do nothing;
  end if;
  return null;
end $$;
