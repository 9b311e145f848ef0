-- What a customer signed, what it grants in each period, and what of it was used (domain.md 3.3, AG-1, AG-2).

create table service_agreements (
  id                        uuid         not null primary key,
  number                    text         not null,
  customer_id               uuid         not null references customers (id),
  template_id               uuid         not null references agreement_templates (id),
  covers                    jsonb        not null,
  starts_on                 date         not null,
  ends_on                   date         not null,
  status                    text         not null,
  auto_renew                boolean      not null,
  price_minor               bigint       not null,
  price_currency            text         not null,
  signed_by                 text,
  dedicated_engineer_id     uuid         references engineers (id),
  renews_id                 uuid         references service_agreements (id),
  submitted_by              uuid,
  approved_by               uuid,
  approved_at               timestamptz,
  status_reason             text,
  terminated_on             date,
  refund_proposal_minor     bigint,
  refund_proposal_currency  text,
  external_refs             jsonb        not null,
  next_due_at               timestamptz,
  search                    text         not null,
  version                   bigint       not null,
  created_at                timestamptz  not null,
  created_by                uuid,
  updated_at                timestamptz  not null,
  constraint service_agreements_number_key unique (number),
  constraint service_agreements_renews_key unique (renews_id),
  constraint service_agreements_days_check check (ends_on > starts_on),
  constraint service_agreements_price_check check (price_minor >= 0),
  constraint service_agreements_status_check check (status in ('draft', 'submitted', 'approved', 'active', 'suspended', 'expired', 'terminated'))
);
create index service_agreements_customer_idx on service_agreements (customer_id, ends_on);
create index service_agreements_template_idx on service_agreements (template_id, id);
create index service_agreements_status_idx on service_agreements (status, id);
create index service_agreements_due_idx on service_agreements (next_due_at) where next_due_at is not null;

create table entitlements (
  id               uuid         not null primary key,
  agreement_id     uuid         not null references service_agreements (id),
  service_item_id  uuid         not null references service_items (id),
  granted          bigint,
  used             bigint       not null,
  reserved         bigint       not null,
  period_start     date         not null,
  period_end       date         not null,
  version          bigint       not null,
  created_at       timestamptz  not null,
  created_by       uuid,
  updated_at       timestamptz  not null,
  constraint entitlements_period_key unique (agreement_id, service_item_id, period_start),
  constraint entitlements_used_check check (used >= 0 and reserved >= 0),
  constraint entitlements_granted_check check (granted is null or used + reserved <= granted)
);

create table usages (
  id                  uuid         not null primary key,
  entitlement_id      uuid         not null references entitlements (id),
  service_request_id  uuid         not null references service_requests (id),
  quantity            bigint       not null,
  status              text         not null,
  at                  timestamptz  not null,
  reversed_by         uuid,
  version             bigint       not null,
  created_at          timestamptz  not null,
  created_by          uuid,
  updated_at          timestamptz  not null,
  constraint usages_quantity_check check (quantity > 0),
  constraint usages_status_check check (status in ('reserved', 'consumed', 'released', 'reversed'))
);
create index usages_entitlement_idx on usages (entitlement_id, id);
create index usages_request_idx on usages (service_request_id, id);
create unique index usages_open_key on usages (service_request_id) where status in ('reserved', 'consumed');
