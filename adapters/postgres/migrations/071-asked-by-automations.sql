-- A training can be requested by a declared automation; 074 lets cycles say so too.
alter table requests drop constraint if exists requests_reason_check,
  add constraint requests_reason_check check (reason in ('schedule', 'automation', 'drift', 'decay', 'person'));
