-- Parts whose object holds other bytes than were stored. The next data run replaces them.
create table corrupt_parts (
  part     text        primary key references parts (id) on delete cascade,
  found_at timestamptz not null default now()
);
