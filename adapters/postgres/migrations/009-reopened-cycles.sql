-- A cycle that failed because something was unreachable is opened again, and its training goes on from what it stored.
alter table cycles add column reopened int not null default 0;

-- Set when the time for a word is over: from then on none is taken.
alter table approvals add column expired_at timestamptz;
