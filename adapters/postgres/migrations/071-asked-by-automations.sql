-- A training can be requested by a declared automation.
alter table requests drop constraint requests_reason_check,
  add constraint requests_reason_check check (reason in ('schedule', 'automation', 'drift', 'decay', 'person'));
alter table cycles drop constraint cycles_reason_check,
  add constraint cycles_reason_check check (reason in ('schedule', 'automation', 'drift', 'decay', 'person'));
