-- Of a label of kind class: the likeliest class, and the probability of each in their declared order. null: of another kind.
alter table batch_predictions add column label text, add column probabilities float8[];
create or replace view published_predictions as
  select b.pipeline, b.as_of, b.version, p.batch, p.key, p.time, p.score, p.decision, p.label, p.probabilities
  from batch_predictions p join batches b on b.id = p.batch
  where b.status = 'published';
alter table shadow_scores add column probabilities jsonb;
