-- A cycle can be opened for a request of an automation. By itself: servers read cycles before requests, so a migration that
-- held the requests meanwhile would wait for them in a circle.
alter table cycles drop constraint if exists cycles_reason_check,
  add constraint cycles_reason_check check (reason in ('schedule', 'automation', 'drift', 'decay', 'person'));
