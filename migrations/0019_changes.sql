-- The feed of changes and the chain of the audit trail: what the sequencer numbers (A26).

alter table outbox add column version bigint;
alter table outbox add column changed jsonb;
alter table outbox add column sealed_at timestamptz;

create index audit_logs_at_idx on audit_logs (at, id);
create index audit_logs_actor_idx on audit_logs (actor_id, id);

create table sequencer (
  id                bigint       not null primary key,
  holder            uuid         not null,
  epoch             bigint       not null,
  expires_at        timestamptz  not null,
  outbox_seq        bigint       not null,
  outbox_forgotten  bigint       not null,
  audit_seq         bigint       not null,
  audit_hash        text         not null,
  constraint sequencer_id_check check (id = 1),
  constraint sequencer_outbox_check check (outbox_forgotten >= 0 and outbox_seq >= outbox_forgotten)
);
