create table problem_types (
  id                    uuid         not null primary key,
  code                  text         not null,
  name_zh               text         not null,
  name_en               text,
  parent_id             uuid         references problem_types (id),
  category_ids          jsonb        not null,
  default_impact        text         not null,
  default_urgency       text         not null,
  default_service_type  text,
  std_minutes           bigint,
  is_active             boolean      not null,
  search                text         not null,
  version               bigint       not null,
  created_at            timestamptz  not null,
  created_by            uuid,
  updated_at            timestamptz  not null,
  constraint problem_types_code_key unique (code),
  constraint problem_types_minutes_check check (std_minutes >= 0)
);
create index problem_types_parent_idx on problem_types (parent_id, id);
