-- Where a sandbox's business time stands (A11, A31); no row means it runs with real time.

create table sandbox_clock (
  id          bigint       not null primary key,
  frozen_at   timestamptz  not null,
  is_reset    boolean      not null,
  constraint sandbox_clock_id_check check (id = 1)
);
