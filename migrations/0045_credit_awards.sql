-- Promises kept and broken, one after the other, and who did best in a month.

create table credit_entries (
  id           uuid         not null primary key,
  engineer_id  uuid         not null references engineers (id),
  no           bigint       not null,
  delta        bigint       not null,
  reason       text         not null,
  ref_id       uuid         not null,
  balance      bigint       not null,
  at           timestamptz  not null,
  constraint credit_entries_no_key unique (engineer_id, no),
  constraint credit_entries_ref_key unique (engineer_id, ref_id, reason),
  constraint credit_entries_balance_check check (balance >= 0 and balance <= 120)
);

create table awards (
  id           uuid         not null primary key,
  kind         text         not null,
  period       text         not null,
  engineer_id  uuid         not null references engineers (id),
  figure       bigint       not null,
  version      bigint       not null,
  created_at   timestamptz  not null,
  created_by   uuid,
  updated_at   timestamptz  not null,
  constraint awards_winner_key unique (period, kind, engineer_id),
  constraint awards_kind_check check (kind in ('outstanding', 'satisfaction'))
);
create index awards_engineer_idx on awards (engineer_id, id);
