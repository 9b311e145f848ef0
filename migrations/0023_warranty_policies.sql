-- What a product is good for after it was sold, by category.

create table warranty_policies (
  id                         uuid         not null primary key,
  code                       text         not null,
  name_zh                    text         not null,
  name_en                    text,
  start_basis                text         not null,
  whole_months               bigint       not null,
  main_part_months           jsonb        not null,
  free_on_site_months        bigint,
  refund_days                bigint       not null,
  exchange_days              bigint       not null,
  exchange_after_repairs     bigint       not null,
  max_repair_days            bigint       not null,
  max_parts_wait_days        bigint       not null,
  depreciation_rate_per_day  text         not null,
  excludes_consumables       boolean      not null,
  depot_working_days         bigint       not null,
  parts_free_years           bigint       not null,
  is_active                  boolean      not null,
  search                     text         not null,
  version                    bigint       not null,
  created_at                 timestamptz  not null,
  created_by                 uuid,
  updated_at                 timestamptz  not null,
  constraint warranty_policies_code_key unique (code)
);

alter table product_categories add column warranty_policy_id uuid references warranty_policies (id);
