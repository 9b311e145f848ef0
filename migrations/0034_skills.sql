-- What engineers can do, where they serve, and what else is told of them (domain.md 3.9).

create table skills (
  id                      uuid         not null primary key,
  code                    text         not null,
  name_zh                 text         not null,
  name_en                 text,
  category_id             uuid         references product_categories (id),
  required_certificates   jsonb        not null,
  requires_certification  boolean      not null,
  is_active               boolean      not null,
  search                  text         not null,
  version                 bigint       not null,
  created_at              timestamptz  not null,
  created_by              uuid,
  updated_at              timestamptz  not null,
  constraint skills_code_key unique (code)
);

alter table engineers add column profile jsonb not null default '{}';
create index engineers_status_idx on engineers (status, id);
create index engineers_outlet_idx on engineers (outlet_id, id) where outlet_id is not null;

create table engineer_skills (
  id               uuid         not null primary key,
  engineer_id      uuid         not null references engineers (id),
  skill_id         uuid         not null references skills (id),
  level            text         not null,
  certified_until  date,
  version          bigint       not null,
  created_at       timestamptz  not null,
  created_by       uuid,
  updated_at       timestamptz  not null,
  constraint engineer_skills_engineer_skill_key unique (engineer_id, skill_id),
  constraint engineer_skills_level_check check (level in ('0.0', '0.2', '0.4', '0.6', '0.8', '1.0'))
);
create index engineer_skills_skill_idx on engineer_skills (skill_id, engineer_id);

create table engineer_regions (
  id           uuid  not null primary key,
  engineer_id  uuid  not null references engineers (id),
  region_code  text  not null,
  constraint engineer_regions_engineer_region_key unique (engineer_id, region_code)
);
create index engineer_regions_region_idx on engineer_regions (region_code, engineer_id);
