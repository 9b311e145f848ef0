create table business_calendars (
  id          uuid         not null primary key,
  code        text         not null,
  name_zh     text         not null,
  name_en     text,
  time_zone   text         not null,
  mode        text         not null,
  weekly      jsonb        not null,
  exceptions  jsonb        not null,
  source      text,
  is_active   boolean      not null,
  revision    uuid         not null,
  version     bigint       not null,
  created_at  timestamptz  not null,
  created_by  uuid,
  updated_at  timestamptz  not null,
  constraint business_calendars_code_key unique (code)
);
