create table engineers (
  id              uuid         not null primary key,
  number          text         not null,
  user_id         uuid,
  name            text         not null,
  phone           text         not null,
  outlet_id       uuid,
  status          text         not null,
  max_daily_jobs  bigint       not null,
  search          text         not null,
  version         bigint       not null,
  created_at      timestamptz  not null,
  created_by      uuid,
  updated_at      timestamptz  not null,
  constraint engineers_number_key unique (number),
  constraint engineers_user_key unique (user_id)
);
