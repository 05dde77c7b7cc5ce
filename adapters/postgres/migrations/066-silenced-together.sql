-- The few alerts that were ever silenced: what an automation tells of the next event looks for the silence of the others.
create index alerts_silenced on alerts (pipeline, silenced_until) where silenced_until is not null;
