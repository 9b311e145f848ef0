-- The standard agreements a customer may sign (domain.md 3.3).

create table agreement_templates (
  id                      uuid         not null primary key,
  code                    text         not null,
  name_zh                 text         not null,
  name_en                 text,
  agreement_type          text         not null,
  sla_policy_id           uuid         references sla_policies (id),
  terms                   text,
  service_items           jsonb        not null,
  fee_mode                text         not null,
  price_minor             bigint       not null,
  price_currency          text         not null,
  exchange_after_repairs  bigint,
  inspection_rule         text,
  is_active               boolean      not null,
  search                  text         not null,
  version                 bigint       not null,
  created_at              timestamptz  not null,
  created_by              uuid,
  updated_at              timestamptz  not null,
  constraint agreement_templates_code_key unique (code),
  constraint agreement_templates_price_check check (price_minor >= 0),
  constraint agreement_templates_type_check check (agreement_type in ('extended_warranty', 'maintenance', 'standard', 'project', 'premium', 'spares_first')),
  constraint agreement_templates_fee_mode_check check (fee_mode in ('free', 'per_visit', 'per_hour', 'fixed_annual', 'cost_plus_labor'))
);
