-- A policy keeps its former states; requests and promises keep the state they were made by.

create table sla_policy_versions (
  id             uuid         not null primary key,
  sla_policy_id  uuid         not null references sla_policies (id),
  version        bigint       not null,
  calendar_id    uuid         not null,
  body           jsonb        not null,
  valid_from     timestamptz  not null,
  constraint sla_policy_versions_version_key unique (sla_policy_id, version)
);

alter table service_requests add column sla_policy_version bigint;
update service_requests set sla_policy_version =
  (select sla_policies.version from sla_policies where sla_policies.id = service_requests.sla_policy_id)
  where sla_policy_id is not null;

alter table sla_timers add column policy_version bigint not null default 1;
update sla_timers set policy_version =
  coalesce((select sla_policies.version from sla_policies where sla_policies.id = sla_timers.policy_id), 1);

-- Calendars whose change is to move the open promises that count by them; reached is the last request that was recounted.

create table calendar_recounts (
  business_calendar_id  uuid         not null primary key references business_calendars (id),
  asked_at              timestamptz  not null,
  asked_by              uuid,
  reached               uuid
);
