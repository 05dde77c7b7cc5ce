-- Of a prediction of a batch: the values that declared slices look at. null: none were declared, or of an earlier release.
alter table batch_predictions add column sliced jsonb;

-- When the newest batch with rows of the day was published that its counts know; null: none.
alter table performance_days add column batched_at timestamptz;
