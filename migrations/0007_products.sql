create table product_categories (
  id          uuid         not null primary key,
  code        text         not null,
  name_zh     text         not null,
  name_en     text,
  parent_id   uuid         references product_categories (id),
  life_years  bigint,
  is_active   boolean      not null,
  search      text         not null,
  version     bigint       not null,
  created_at  timestamptz  not null,
  created_by  uuid,
  updated_at  timestamptz  not null,
  constraint product_categories_code_key unique (code)
);
create index product_categories_parent_idx on product_categories (parent_id, id);

create table products (
  id                   uuid         not null primary key,
  code                 text         not null,
  model                text         not null,
  name_zh              text         not null,
  name_en              text,
  category_id          uuid         not null references product_categories (id),
  brand                text,
  list_price_minor     bigint,
  list_price_currency  text,
  released_on          date,
  external_refs        jsonb        not null,
  is_active            boolean      not null,
  search               text         not null,
  version              bigint       not null,
  created_at           timestamptz  not null,
  created_by           uuid,
  updated_at           timestamptz  not null,
  constraint products_code_key unique (code),
  constraint products_model_key unique (model),
  constraint products_price_check check (list_price_minor >= 0)
);
create index products_category_idx on products (category_id, id);
