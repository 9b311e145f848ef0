create table dictionaries (
  id          uuid         not null primary key,
  code        text         not null,
  name_zh     text         not null,
  name_en     text,
  extensible  boolean      not null,
  system      boolean      not null,
  search      text         not null,
  version     bigint       not null,
  created_at  timestamptz  not null,
  created_by  uuid,
  updated_at  timestamptz  not null,
  constraint dictionaries_code_key unique (code)
);

create table dictionary_items (
  id               uuid         not null primary key,
  dictionary_code  text         not null references dictionaries (code),
  code             text         not null,
  name_zh          text         not null,
  name_en          text,
  sort             bigint       not null,
  attributes       jsonb        not null,
  is_active        boolean      not null,
  search           text         not null,
  version          bigint       not null,
  created_at       timestamptz  not null,
  created_by       uuid,
  updated_at       timestamptz  not null,
  constraint dictionary_items_code_key unique (dictionary_code, code)
);
create index dictionary_items_sort_idx on dictionary_items (dictionary_code, sort, id);
