-- How full the disks with the folders of servers and workers are, as each process says.
create table disks (
  process text             not null,
  machine text             not null,
  device  text             not null,
  folder  text             not null,
  used    double precision not null,
  seen_at timestamptz      not null default now(),
  primary key (process, machine, device)
);
