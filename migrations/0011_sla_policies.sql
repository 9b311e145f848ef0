create table sla_policies (
  id                  uuid         not null primary key,
  code                text         not null,
  name_zh             text         not null,
  name_en             text,
  calendar_id         uuid         not null references business_calendars (id),
  targets             jsonb        not null,
  warn_pct            bigint       not null,
  applies_when        jsonb        not null,
  rank                bigint       not null,
  is_default          boolean      not null,
  allows_third_party  boolean      not null,
  is_active           boolean      not null,
  search              text         not null,
  version             bigint       not null,
  created_at          timestamptz  not null,
  created_by          uuid,
  updated_at          timestamptz  not null,
  constraint sla_policies_code_key unique (code),
  constraint sla_policies_default_check check (is_active or not is_default)
);
create unique index sla_policies_default_key on sla_policies (is_default) where is_default;
