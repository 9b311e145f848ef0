create table maintenance_proposals (
  id                 uuid         not null primary key,
  number             text         not null,
  customer_id        uuid         not null references customers (id),
  title              text         not null,
  visits             jsonb        not null,
  emergency_service  text,
  training           text,
  customer_duties    text,
  price_minor        bigint       not null,
  price_currency     text         not null,
  valid_until        date         not null,
  status             text         not null,
  sent_at            timestamptz,
  answered_at        timestamptz,
  decline_reason     text,
  search             text         not null,
  version            bigint       not null,
  created_at         timestamptz  not null,
  created_by         uuid,
  updated_at         timestamptz  not null,
  constraint maintenance_proposals_number_key unique (number),
  constraint maintenance_proposals_status_check check (status in ('draft', 'sent', 'accepted', 'declined', 'expired'))
);
create index maintenance_proposals_customer_idx on maintenance_proposals (customer_id, id);
create index maintenance_proposals_sent_idx on maintenance_proposals (valid_until) where status = 'sent';
