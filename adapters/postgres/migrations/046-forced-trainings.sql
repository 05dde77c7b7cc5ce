-- A person may want a training though nothing is new since the last one.
alter table requests add column forced boolean;
