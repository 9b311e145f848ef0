create table purchase_records (
  id                      uuid         not null primary key,
  customer_id             uuid         not null references customers (id),
  product_id              uuid         not null references products (id),
  model                   text         not null,
  quantity                bigint       not null,
  purchased_on            date         not null,
  invoice_no              text,
  invoice_price_minor     bigint,
  invoice_price_currency  text,
  dealer                  text,
  order_no                text,
  source                  text         not null,
  version                 bigint       not null,
  created_at              timestamptz  not null,
  created_by              uuid,
  updated_at              timestamptz  not null,
  constraint purchase_records_quantity_check check (quantity >= 1),
  constraint purchase_records_price_check check (invoice_price_minor >= 0)
);
create index purchase_records_customer_idx on purchase_records (customer_id, id);
create index purchase_records_product_idx on purchase_records (product_id, id);

create table regions (
  id           uuid         not null primary key,
  code         text         not null,
  name_zh      text         not null,
  name_en      text,
  level        text         not null,
  parent_code  text,
  grade        text         not null,
  is_active    boolean      not null,
  search       text         not null,
  version      bigint       not null,
  created_at   timestamptz  not null,
  created_by   uuid,
  updated_at   timestamptz  not null,
  constraint regions_code_key unique (code)
);
create index regions_parent_idx on regions (parent_code, id);

create table external_refs (
  resource     text  not null,
  resource_id  uuid  not null,
  system       text  not null,
  external_id  text  not null,
  constraint external_refs_pkey primary key (resource, system, external_id)
);
create index external_refs_record_idx on external_refs (resource, resource_id);
