-- How engineers did: schemes in versions, and what was counted of each month by them.

create table performance_schemes (
  id              uuid         not null primary key,
  code            text         not null,
  rule_version    bigint       not null,
  name_zh         text         not null,
  name_en         text,
  dimensions      jsonb        not null,
  effective_from  date         not null,
  search          text         not null,
  version         bigint       not null,
  created_at      timestamptz  not null,
  created_by      uuid,
  updated_at      timestamptz  not null,
  constraint performance_schemes_version_key unique (code, rule_version)
);

create table performance_reviews (
  id                   uuid         not null primary key,
  engineer_id          uuid         not null references engineers (id),
  period               text         not null,
  scheme_id            uuid         not null references performance_schemes (id),
  count                jsonb        not null,
  content_hash         text         not null,
  told                 jsonb        not null,
  total                bigint       not null,
  band                 text         not null,
  coefficient          bigint       not null,
  base_bonus_minor     bigint,
  base_bonus_currency  text,
  bonus_minor          bigint,
  bonus_currency       text,
  status               text         not null,
  confirmed_at         timestamptz,
  appeal_reason        text,
  appeal_answer        text,
  finalised_at         timestamptz,
  version              bigint       not null,
  created_at           timestamptz  not null,
  created_by           uuid,
  updated_at           timestamptz  not null,
  constraint performance_reviews_period_key unique (engineer_id, period),
  constraint performance_reviews_band_check check (band in ('A', 'B', 'C', 'D', 'E', 'F')),
  constraint performance_reviews_status_check check (status in ('draft', 'confirmed', 'appealed', 'final'))
);
create index performance_reviews_period_idx on performance_reviews (period, total);
create index performance_reviews_confirmed_idx on performance_reviews (confirmed_at) where status = 'confirmed';
create index work_orders_engineer_dispatched_idx on work_orders (engineer_id, dispatched_at);
create index attempts_engineer_idx on attempts (engineer_id) where engineer_id is not null;
