-- Of a label of kind number: what it lies between, as often as is declared. null: of another kind, or not known.
alter table batch_predictions add column low float8, add column high float8;
create or replace view published_predictions as
  select b.pipeline, b.as_of, b.version, p.batch, p.key, p.time, p.score, p.decision, p.label, p.probabilities, p.low, p.high
  from batch_predictions p join batches b on b.id = p.batch
  where b.status = 'published';
