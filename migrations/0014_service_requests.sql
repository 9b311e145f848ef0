-- The closed loop: requests with everything that belongs to them.

create table service_requests (
  id                   uuid         not null primary key,
  number               text         not null,
  channel              text         not null,
  service_type         text         not null,
  origin               text         not null,
  customer_id          uuid         not null references customers (id),
  contact_id           uuid         references contacts (id),
  address_id           uuid         references addresses (id),
  product_id           uuid         references products (id),
  problem_type_id      uuid         not null references problem_types (id),
  title                text         not null,
  description          text         not null,
  problem_analysis     text,
  fault_occurred_at    timestamptz,
  impact               text         not null,
  urgency              text         not null,
  priority             bigint       not null,
  emergency            boolean      not null,
  severity             bigint,
  required_by          timestamptz,
  resolve_required_by  timestamptz,
  assignment_due_at    timestamptz,
  resolve_due_at       timestamptz,
  status               text         not null,
  hold                 jsonb,
  lock                 jsonb,
  lock_count           bigint       not null,
  cycle_no             bigint       not null,
  unresolved_attempts  bigint       not null,
  missed_count         bigint       not null,
  reopen_count         bigint       not null,
  is_overdue           boolean      not null,
  assignment           jsonb,
  assignee_id          uuid,
  outlet_id            uuid,
  resolution           jsonb,
  verification         jsonb,
  satisfaction         text,
  first_response_at    timestamptz,
  processed_at         timestamptz,
  closed_at            timestamptz,
  cancel_reason        text,
  related              jsonb        not null,
  repeat_of            uuid         references service_requests (id),
  external_refs        jsonb        not null,
  custom_fields        jsonb        not null,
  labels               jsonb        not null,
  sla_policy_id        uuid,
  third_party_allowed  boolean      not null,
  next_due_at          timestamptz,
  activity_count       bigint       not null,
  search               text         not null,
  version              bigint       not null,
  created_at           timestamptz  not null,
  created_by           uuid,
  updated_at           timestamptz  not null,
  constraint service_requests_number_key unique (number),
  constraint service_requests_status_check check (status in ('pending_assignment', 'on_hold', 'assigned', 'locked', 'processed', 'closed', 'archived', 'cancelled')),
  constraint service_requests_attempts_check check (unresolved_attempts >= 0 and cycle_no >= 1)
);
create index service_requests_status_idx on service_requests (status, id);
create index service_requests_customer_idx on service_requests (customer_id, id);
create index service_requests_product_idx on service_requests (product_id, id);
create index service_requests_problem_type_idx on service_requests (problem_type_id, id);
create index service_requests_assignee_idx on service_requests (assignee_id, id) where assignee_id is not null;
create index service_requests_due_idx on service_requests (next_due_at) where next_due_at is not null;

create table sla_timers (
  id                uuid         not null primary key,
  subject_type      text         not null,
  subject_id        uuid         not null,
  kind              text         not null,
  policy_id         uuid         not null,
  target_minutes    bigint       not null,
  warn_pct          bigint       not null,
  started_at        timestamptz  not null,
  due_at            timestamptz  not null,
  warn_at           timestamptz  not null,
  status            text         not null,
  paused_at         timestamptz,
  paused_minutes    bigint       not null,
  pauses            jsonb        not null,
  stopped_at        timestamptz,
  elapsed_minutes   bigint,
  warned_at         timestamptz,
  breached_at       timestamptz,
  armed_at          timestamptz  not null,
  epoch             bigint       not null,
  reminders_sent    bigint       not null,
  next_reminder_at  timestamptz,
  constraint sla_timers_subject_key unique (subject_id, kind)
);
create index sla_timers_open_idx on sla_timers (due_at) where stopped_at is null;

create table alarms (
  id                  uuid         not null primary key,
  service_request_id  uuid         not null references service_requests (id),
  subject_id          uuid         not null,
  kind                text         not null,
  cycle_no            bigint       not null,
  epoch               bigint       not null,
  due_at              timestamptz  not null,
  armed_at            timestamptz  not null,
  state               text         not null,
  fired_at            timestamptz,
  constraint alarms_subject_key unique (subject_id, kind, cycle_no, epoch)
);
create index alarms_request_idx on alarms (service_request_id, id);

create table work_orders (
  id                       uuid         not null primary key,
  number                   text         not null,
  service_request_id       uuid         not null references service_requests (id),
  cycle_no                 bigint       not null,
  engineer_id              uuid         not null references engineers (id),
  outlet_id                uuid,
  kind                     text         not null,
  status                   text         not null,
  successor_of             uuid         references work_orders (id),
  appointment              jsonb,
  dispatched_at            timestamptz  not null,
  accept_due_at            timestamptz,
  refuse_due_at            timestamptz,
  accepted_at              timestamptz,
  departed_at              timestamptz,
  arrived_at               timestamptz,
  arrival_geo              jsonb,
  started_at               timestamptz,
  finished_at              timestamptz,
  labor                    jsonb        not null,
  outcome                  text,
  unresolved_reason        text,
  mode_code                text,
  mechanism_code           text,
  cause_code               text,
  remedy_code              text,
  customer_signature       text,
  signature_waiver_reason  text,
  wait_reason              text,
  end_reason               text,
  result_version           bigint       not null,
  verified_by              uuid,
  verified_at              timestamptz,
  version                  bigint       not null,
  created_at               timestamptz  not null,
  created_by               uuid,
  updated_at               timestamptz  not null,
  constraint work_orders_number_key unique (number)
);
create index work_orders_request_idx on work_orders (service_request_id, id);
create index work_orders_engineer_idx on work_orders (engineer_id, id);
create unique index work_orders_open_key on work_orders (service_request_id) where status in ('dispatched', 'accepted', 'en_route', 'on_site', 'in_progress', 'waiting_parts', 'waiting_customer');

create table attempts (
  id                  uuid         not null primary key,
  service_request_id  uuid         not null references service_requests (id),
  no                  bigint       not null,
  cycle_no            bigint       not null,
  engineer_id         uuid,
  work_order_id       uuid         references work_orders (id),
  started_at          timestamptz,
  finished_at         timestamptz  not null,
  outcome             text         not null,
  accepted            boolean,
  constraint attempts_no_key unique (service_request_id, no)
);

create table follow_ups (
  id                  uuid         not null primary key,
  number              text         not null,
  service_request_id  uuid         not null references service_requests (id),
  cycle_no            bigint       not null,
  status              text         not null,
  due_at              timestamptz  not null,
  is_overdue          boolean      not null,
  assigned_to         uuid,
  attempts            jsonb        not null,
  scores              jsonb,
  reasons             jsonb        not null,
  suggestion          text,
  recorded_at         timestamptz,
  recorded_by         uuid,
  version             bigint       not null,
  created_at          timestamptz  not null,
  created_by          uuid,
  updated_at          timestamptz  not null,
  constraint follow_ups_number_key unique (number)
);
create unique index follow_ups_open_key on follow_ups (service_request_id) where status = 'pending';
create index follow_ups_request_idx on follow_ups (service_request_id, id);
create index follow_ups_status_idx on follow_ups (status, id);

create table surveys (
  id                  uuid         not null primary key,
  service_request_id  uuid         not null references service_requests (id),
  customer_id         uuid         not null references customers (id),
  cycle_no            bigint       not null,
  status              text         not null,
  send_at             timestamptz  not null,
  sent_at             timestamptz,
  answered_at         timestamptz,
  version             bigint       not null,
  created_at          timestamptz  not null,
  created_by          uuid,
  updated_at          timestamptz  not null
);
create index surveys_request_idx on surveys (service_request_id, id);

create table lock_records (
  id                  uuid         not null primary key,
  service_request_id  uuid         not null references service_requests (id),
  "case"              text         not null,
  at                  timestamptz  not null,
  recorded_at         timestamptz  not null,
  attempts            bigint       not null,
  due_at              timestamptz,
  previous_assignee   uuid,
  cleared_by          uuid,
  cleared_at          timestamptz,
  action              text
);
create unique index lock_records_open_key on lock_records (service_request_id) where cleared_at is null;
create index lock_records_request_idx on lock_records (service_request_id, id);

create table activities (
  id                  uuid         not null primary key,
  service_request_id  uuid         not null references service_requests (id),
  seq                 bigint       not null,
  at                  timestamptz  not null,
  recorded_at         timestamptz  not null,
  actor_id            uuid,
  actor_name          text         not null,
  action              text         not null,
  "from"              text,
  "to"                text         not null,
  comment             text,
  data                jsonb        not null,
  constraint activities_seq_key unique (service_request_id, seq)
);

create table notices (
  id                  uuid         not null primary key,
  service_request_id  uuid         not null references service_requests (id),
  kind                text         not null,
  role                text,
  engineer_id         uuid,
  customer_id         uuid,
  subject_id          uuid         not null,
  at                  timestamptz  not null
);
create index notices_request_idx on notices (service_request_id, id);
