-- Tables no module owns.

create table number_blocks (
  series     text    not null,
  on_date    date    not null,
  next       bigint  not null,
  constraint number_blocks_pkey primary key (series, on_date)
);

create table counters (
  id                uuid         not null primary key,
  scope             text         not null,
  scope_id          uuid         not null,
  pair_id           uuid         not null,
  occurrences       bigint       not null,
  reclassified_out  bigint       not null,
  cancelled         bigint       not null,
  last_at           timestamptz,
  constraint counters_scope_key unique (scope, scope_id, pair_id),
  constraint counters_scope_check check (scope in ('product', 'problem_type', 'product_problem')),
  constraint counters_occurrences_check check (occurrences >= 0 and reclassified_out >= 0 and cancelled >= 0)
);
create index counters_rank_idx on counters (scope, occurrences, id);

create table idempotency_keys (
  user_id     uuid         not null,
  operation   text         not null,
  key         text         not null,
  body_hash   text         not null,
  status      bigint,
  headers     jsonb,
  body        text,
  expires_at  timestamptz  not null,
  constraint idempotency_keys_pkey primary key (user_id, operation, key)
);
create index idempotency_keys_expires_idx on idempotency_keys (expires_at);

create table audit_logs (
  id           uuid         not null primary key,
  seq          bigint,
  at           timestamptz  not null,
  actor_id     uuid,
  actor_name   text         not null,
  trace_id     text         not null,
  action       text         not null,
  resource     text         not null,
  resource_id  uuid         not null,
  diff         jsonb        not null,
  hash         text,
  constraint audit_logs_seq_key unique (seq)
);
create index audit_logs_resource_idx on audit_logs (resource_id, id);
create index audit_logs_unsealed_idx on audit_logs (id) where seq is null;

create table outbox (
  id           uuid         not null primary key,
  seq          bigint,
  kind         text         not null,
  resource     text         not null,
  resource_id  uuid         not null,
  occurred_at  timestamptz  not null,
  actor_id     uuid,
  data         jsonb        not null,
  constraint outbox_seq_key unique (seq)
);
create index outbox_unsealed_idx on outbox (id) where seq is null;
