-- Said of all rows that batches scored of a day, not of its requests alone.
alter table performance_estimates add column batched boolean not null default false;
