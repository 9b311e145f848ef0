-- The very units that stand with customers, requests about them, and customers who became part of another.

create table installed_products (
  id                  uuid         not null primary key,
  serial_no           text         not null,
  product_id          uuid         not null references products (id),
  customer_id         uuid         not null references customers (id),
  address_id          uuid         references addresses (id),
  purchase_record_id  uuid         references purchase_records (id),
  purchased_on        date,
  accepted_on         date,
  in_service_on       date,
  warranty_policy_id  uuid         references warranty_policies (id),
  status              text         not null,
  replaces_id         uuid         references installed_products (id),
  exchanged_on        date,
  exchanged_at        timestamptz,
  retired_on          date,
  criticality         text         not null,
  repair_days_total   bigint       not null,
  same_fault_repairs  bigint       not null,
  ownership           jsonb        not null,
  repair_periods      jsonb        not null,
  external_refs       jsonb        not null,
  search              text         not null,
  version             bigint       not null,
  created_at          timestamptz  not null,
  created_by          uuid,
  updated_at          timestamptz  not null,
  constraint installed_products_serial_key unique (product_id, serial_no),
  constraint installed_products_status_check check (status in ('in_use', 'in_repair', 'replaced', 'scrapped'))
);
create index installed_products_customer_idx on installed_products (customer_id, id);
create index installed_products_address_idx on installed_products (address_id, id) where address_id is not null;
create index installed_products_replaces_idx on installed_products (replaces_id) where replaces_id is not null;

alter table service_requests add column installed_product_id uuid references installed_products (id);
create index service_requests_unit_idx on service_requests (installed_product_id, id) where installed_product_id is not null;

alter table customers add column merged_into_id uuid references customers (id);
