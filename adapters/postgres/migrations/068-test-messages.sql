-- A message by which somebody tries the channels of a pipeline; like a digest it is of no alert.
alter table alert_tellings
  drop constraint alert_tellings_telling_check,
  add constraint alert_tellings_telling_check
    check (telling in ('opened', 'worse', 'still', 'resolved', 'acknowledged', 'escalated', 'digest', 'test'));
