-- What technicians told late, and what became of it: told again it is answered from here.

create table offline_operations (
  id             uuid         not null primary key,
  user_id        uuid         not null,
  client_id      uuid         not null,
  work_order_id  uuid         not null,
  action         text         not null,
  outcome        text         not null,
  version        bigint,
  code           text,
  occurred_at    timestamptz  not null,
  told_at        timestamptz  not null,
  constraint offline_operations_client_key unique (user_id, client_id)
);
