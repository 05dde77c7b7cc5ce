-- Of whom a prediction was, and look-ups of single ones.

alter table predictions add column entity text;

-- Ids begin with their time, so they come in order and cost an insert little. Who sent no key has the id as key. A hash is
-- a third of the size of a tree of random keys, and costs a quarter of its time.
create index predictions_by_id on predictions (id);
create index predictions_by_key on predictions using hash (key) where key <> id::text;
