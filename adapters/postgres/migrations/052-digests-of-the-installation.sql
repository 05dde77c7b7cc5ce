-- A digest of the installation has no pipeline.
alter table alert_digests drop constraint alert_digests_pkey;
alter table alert_digests alter column pipeline drop not null;
create unique index alert_digests_key on alert_digests (coalesce(pipeline, ''), at);
