-- By which way somebody asked: cli, console, api or automation. Empty for loops, and for what was written before.
alter table audit add column via text;
-- What concerns the installation belongs to no pipeline.
alter table audit alter column pipeline drop not null;
update audit set pipeline = null where pipeline = '';
