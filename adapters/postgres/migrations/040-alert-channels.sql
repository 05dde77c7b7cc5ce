-- What a message is about, for channels that are read by programs.
alter table alert_tellings add column facts jsonb;
alter table alert_deliveries
  drop constraint alert_deliveries_channel_check,
  add constraint alert_deliveries_channel_check check (channel in ('email', 'slack', 'teams', 'webhook', 'pagerduty'));
