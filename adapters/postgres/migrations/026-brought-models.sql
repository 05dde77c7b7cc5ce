-- A request may bring a model from elsewhere: the object that it became, and the file that it came in.
alter table requests add column brought jsonb;
create index requests_brought on requests ((brought ->> 'objectKey')) where brought is not null;
