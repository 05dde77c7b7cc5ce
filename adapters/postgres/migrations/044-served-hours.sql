-- How many predictions each hour has, once it is so old that none will be counted into it any more.
create table served_hours (
  pipeline text        not null,
  hour     timestamptz not null,
  rows     int         not null,
  primary key (pipeline, hour)
);
