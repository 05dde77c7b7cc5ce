-- Predictions and counts in partitions by time, so that what is old can go by dropping a table. The table of before becomes the
-- partition of all times that have none of their own: no row is copied; a new primary key is built (an
-- index over all of them). Partitions of their own are made by who writes.

alter table predictions rename to predictions_other;
alter table predictions_other drop constraint predictions_pkey;
drop index predictions_by_time;
-- By pipeline and time first: rows come in about that order, so inserts touch few pages, and one index serves all.
alter table predictions_other add constraint predictions_other_pkey primary key (pipeline, time, id);
create table predictions (
  like predictions_other including defaults,
  primary key (pipeline, time, id)
) partition by range (time);
alter table predictions attach partition predictions_other default;

alter table served_counts rename to served_counts_other;
alter table served_counts_other rename constraint served_counts_pkey to served_counts_other_pkey;
create table served_counts (
  like served_counts_other including defaults,
  primary key (pipeline, hour, version, binning, replica, sequence)
) partition by range (hour);
alter table served_counts attach partition served_counts_other default;

-- Logged predictions that no total counts yet, by shipment. Written with the predictions; deleted with the total's change.
create table uncounted (
  pipeline text          not null,
  id       bigint        generated always as identity,
  ids      uuid[]        not null,
  times    timestamptz[] not null, -- of the same predictions, in the same order
  primary key (pipeline, id)
);
