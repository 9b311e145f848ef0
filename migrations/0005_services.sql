create table service_types (
  id          uuid         not null primary key,
  code        text         not null,
  name_zh     text         not null,
  name_en     text,
  creates     text         not null,
  is_active   boolean      not null,
  search      text         not null,
  version     bigint       not null,
  created_at  timestamptz  not null,
  created_by  uuid,
  updated_at  timestamptz  not null,
  constraint service_types_code_key unique (code)
);

create table service_items (
  id            uuid         not null primary key,
  code          text         not null,
  name_zh       text         not null,
  name_en       text,
  unit          text         not null,
  std_minutes   bigint       not null,
  service_type  text         references service_types (code),
  is_active     boolean      not null,
  search        text         not null,
  version       bigint       not null,
  created_at    timestamptz  not null,
  created_by    uuid,
  updated_at    timestamptz  not null,
  constraint service_items_code_key unique (code)
);
create index service_items_type_idx on service_items (service_type, id);

create table fault_codes (
  id            uuid         not null primary key,
  code          text         not null,
  kind          text         not null,
  name_zh       text         not null,
  name_en       text,
  category_id   uuid,
  display_code  text,
  is_active     boolean      not null,
  search        text         not null,
  version       bigint       not null,
  created_at    timestamptz  not null,
  created_by    uuid,
  updated_at    timestamptz  not null,
  constraint fault_codes_code_key unique (kind, code)
);
create index fault_codes_category_idx on fault_codes (category_id, id);
create index fault_codes_display_idx on fault_codes (display_code);
