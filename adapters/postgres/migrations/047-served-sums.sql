-- How many rows a total counts, told without its profile of many kilobytes. It only grows, so a sum of totals that is kept
-- is still right while their rows add up to its own. A trigger sets it, since a server of an earlier release does not.
alter table served_counts add column rows int;
create function tell_rows() returns trigger language plpgsql as $$
begin
  new.rows := (new.profile ->> 'rows')::int;
  return new;
end $$;
create trigger tells_rows before insert or update on served_counts for each row execute function tell_rows();

-- Sums of totals over whole stretches of hours, which long windows are put together from.
create table served_sums (
  pipeline text        not null,
  binning  text        not null,
  start    timestamptz not null,
  hours    int         not null,
  version  int         not null,
  rows     int         not null,
  profile  jsonb       not null,
  primary key (pipeline, start, binning, hours, version)
);

-- What hours of all versions hold by group of bins, as a drift check reads them again and again.
create table served_groups (
  pipeline text        not null,
  grouping text        not null, -- the hash of the binning and of its bins' groups
  hour     timestamptz not null,
  rows     int         not null,
  groups   jsonb       not null,
  primary key (pipeline, hour, grouping)
);

-- Whether weekends of a version's holdout differ from its working days, by what was declared and in which bins.
create table reference_days (
  pipeline text  not null,
  version  int   not null,
  compared text  not null, -- the hash of the declaration and the binning
  days     jsonb not null,
  primary key (pipeline, version, compared)
);
