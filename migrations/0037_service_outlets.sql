-- Outlets: what is known of them, what they serve, and their accounts apart, because no audit line shall show one.

create table service_outlets (
  id                           uuid         not null primary key,
  code                         text         not null,
  name                         text         not null,
  level                        text         not null,
  region_code                  text         not null,
  service_regions              jsonb        not null,
  category_ids                 jsonb        not null,
  address                      text,
  location                     jsonb,
  contact                      text,
  phone                        text,
  license_no                   text,
  bank_account                 text,
  contract_from                date,
  contract_to                  date,
  deposit_minor                bigint,
  deposit_currency             text,
  status                       text         not null,
  trial_since                  date,
  confirmed_on                 date,
  star                         bigint,
  settlement_coefficient       bigint       not null,
  parts_credit_limit_minor     bigint,
  parts_credit_limit_currency  text,
  status_reason                text,
  external_refs                jsonb        not null,
  search                       text         not null,
  version                      bigint       not null,
  created_at                   timestamptz  not null,
  created_by                   uuid,
  updated_at                   timestamptz  not null,
  constraint service_outlets_code_key unique (code),
  constraint service_outlets_status_check check (status in ('applying', 'rejected', 'trial', 'active', 'suspended', 'terminated')),
  constraint service_outlets_star_check check (star between 1 and 5)
);
create index service_outlets_status_idx on service_outlets (status, id);
create index service_outlets_region_idx on service_outlets (region_code, id);

create table outlet_accounts (
  id       uuid  not null primary key references service_outlets (id),
  account  text  not null
);

create table outlet_regions (
  id           uuid  not null primary key,
  outlet_id    uuid  not null references service_outlets (id),
  region_code  text  not null,
  constraint outlet_regions_key unique (region_code, outlet_id)
);

create table outlet_categories (
  id           uuid  not null primary key,
  outlet_id    uuid  not null references service_outlets (id),
  category_id  uuid  not null references product_categories (id),
  constraint outlet_categories_key unique (outlet_id, category_id)
);
create index outlet_categories_category_idx on outlet_categories (category_id, outlet_id);

create index work_orders_outlet_idx on work_orders (outlet_id, id) where outlet_id is not null;
