-- Of whom a prediction was, and look-ups of single ones.

alter table predictions add column entity text;

-- Ids begin with their time, so they come in order and cost an insert little. Who sent no key has the id as key. A hash is
-- a third of the size of a tree of random keys, and costs a quarter of its time.
create index predictions_by_id on predictions (id);
create index predictions_by_key on predictions using hash (key) where key <> id::text;

-- Counts of logged predictions that no total holds yet, by shipment: where there are many, in place of their ids in
-- `uncounted`. Written with the predictions; deleted with the total's change.
create table shipped_counts (
  pipeline text        not null,
  id       bigint      generated always as identity,
  version  int         not null,
  binning  text        not null,
  hour     timestamptz not null,
  profile  jsonb       not null,
  primary key (pipeline, id)
);
