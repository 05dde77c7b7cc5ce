-- The open alert that explains this one, so that people are told of the cause alone.
alter table alerts add column under text references alerts (id);
create index alerts_under on alerts (under) where under is not null;
