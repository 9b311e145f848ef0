-- Secrets every replica shares, made at the first start.

create table secrets (
  name   text  not null primary key,
  value  text  not null
);
