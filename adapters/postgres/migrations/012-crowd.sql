-- What is asked again and again of installations with many pipelines, or with many requests of one.

create index requests_of_cycle on requests (cycle, asked_at, id) where cycle is not null;
create index requests_newest on requests (pipeline, as_of desc);
create index snapshots_by_moment on snapshots (pipeline, as_of desc, created_at desc);

-- Deliveries are asked about by their alert, and counted every two seconds.
create index alert_tellings_of_alert on alert_tellings (alert);
create index alert_deliveries_given_up on alert_deliveries (id) where given_up_at is not null;
