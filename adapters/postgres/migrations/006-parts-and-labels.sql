-- What was written stays as it was: parts, snapshots that are judged, and label facts. What replaces them is a new row.

-- An extraction's id names its pipeline, and each of its parts has an id: the extraction's, and which of its parts it is.
alter table snapshot_parts add column part text;
update snapshot_parts set part = s.pipeline || '/' || extraction || '/1' from snapshots s where s.id = snapshot;
alter table snapshot_parts drop column extraction; -- and with it the foreign key

alter table batch_parts add column part text;
update batch_parts set part = b.pipeline || '/' || extraction || '/1' from batches b where b.id = batch;
alter table batch_parts drop column extraction;
alter table batch_parts add primary key (batch, part);

alter table parts drop constraint parts_pkey;
alter table parts add column id text;
alter table parts add column number int not null default 1; -- 2 replaces 1, in new snapshots only
alter table parts alter column number drop default;
update parts set extraction = pipeline || '/' || extraction;
update parts set id = extraction || '/1';
-- Pipelines that read the same rows shared their parts: each gets its own, with the same bytes.
insert into parts (id, extraction, number, pipeline, kind, from_time, to_time, object_key, sha256, rows, bytes, created_at)
select distinct named.part, s.pipeline || '/' || split_part(p.extraction, '/', 2), 1, s.pipeline, p.kind, p.from_time,
  p.to_time, p.object_key, p.sha256, p.rows, p.bytes, p.created_at
from snapshot_parts named
join snapshots s on s.id = named.snapshot
join parts p on split_part(p.extraction, '/', 2) = split_part(named.part, '/', 2)
where p.pipeline <> s.pipeline;
alter table parts add primary key (id);
alter table parts add unique (extraction, number);

alter table snapshot_parts alter column part set not null;
alter table snapshot_parts add foreign key (part) references parts (id);
create index snapshot_parts_by_part on snapshot_parts (part);
alter table batch_parts add foreign key (part) references parts (id);

-- A mended source makes another snapshot of the same moment, beside the one that was quarantined.
alter table snapshots drop constraint snapshots_pipeline_revision_as_of_key;

-- Reports are named by their own bytes, and whatever they report on says which is its own.
alter table snapshots add column report_key text;
update snapshots set report_key = 'reports/' || pipeline || '/quality/' || id || '.html' where status <> 'assembled';
alter table model_versions add column card_key text;
update model_versions set card_key = 'reports/' || pipeline || '/models/v' || version || '.html';
create index snapshots_by_report on snapshots (report_key);
create index model_versions_by_card on model_versions (card_key);

-- Facts have versions. The first is known since it was observed; a corrected value since it was read, by the run's clock.
alter table labels drop constraint labels_pkey;
-- Looked up for each of millions of rows, and held locked meanwhile; their part, which comes first, has one.
alter table labels drop constraint labels_pipeline_fkey;
alter table labels add column known_at timestamptz;
alter table labels add column id bigint generated always as identity; -- of versions known since the same moment, the later wins
update labels set known_at = observed_at;
alter table labels alter column known_at set not null;
alter table labels add primary key (pipeline, key, observed_at, known_at, id);

-- Parts of which all facts are in labels. None yet: also those of before are looked through once more, for corrections.
create table label_ingestions (
  part        text        primary key references parts (id) on delete cascade,
  ingested_at timestamptz not null default now()
);

create function refuse_update() returns trigger language plpgsql as $$
begin
  raise exception 'Rows of % are never updated once written; what replaces one is a new row', tg_table_name;
end $$;
create trigger written_once before update on parts for each statement execute function refuse_update();
create trigger written_once before update on snapshot_parts for each statement execute function refuse_update();
create trigger written_once before update on batch_parts for each statement execute function refuse_update();
create trigger written_once before update on labels for each statement execute function refuse_update();
create trigger judged_once before update on snapshots for each row when (old.status <> 'assembled')
  execute function refuse_update();
