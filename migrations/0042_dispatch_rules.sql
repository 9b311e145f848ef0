-- Which requests the system gives out by itself (domain.md 3.11, R-083).

create table dispatch_rules (
  id                uuid         not null primary key,
  code              text         not null,
  name_zh           text         not null,
  name_en           text,
  sort              bigint       not null,
  service_types     jsonb        not null,
  region_codes      jsonb        not null,
  emergencies_only  boolean      not null,
  mode              text         not null,
  least_score       bigint,
  is_active         boolean      not null,
  search            text         not null,
  version           bigint       not null,
  created_at        timestamptz  not null,
  created_by        uuid,
  updated_at        timestamptz  not null,
  constraint dispatch_rules_code_key unique (code),
  constraint dispatch_rules_mode_check check (mode in ('auto', 'manual'))
);
create index dispatch_rules_active_idx on dispatch_rules (sort, id) where is_active;
