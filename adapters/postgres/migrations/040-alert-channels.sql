-- What a message is about, for channels that are read by programs.
alter table alert_tellings add column facts jsonb;
-- News, which is over as soon as it is told.
alter table alerts
  drop constraint alerts_severity_check,
  add constraint alerts_severity_check check (severity in ('info', 'warning', 'critical'));
alter table alert_deliveries
  drop constraint alert_deliveries_channel_check,
  add constraint alert_deliveries_channel_check check (channel in ('email', 'slack', 'teams', 'webhook', 'pagerduty'));
