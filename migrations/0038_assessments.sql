-- How outlets did: schemes in versions, what was counted by them, and the records it rests on.

create table assessment_schemes (
  id              uuid         not null primary key,
  code            text         not null,
  rule_version    bigint       not null,
  name_zh         text         not null,
  name_en         text,
  period          text         not null,
  indicators      jsonb        not null,
  effective_from  date         not null,
  search          text         not null,
  version         bigint       not null,
  created_at      timestamptz  not null,
  created_by      uuid,
  updated_at      timestamptz  not null,
  constraint assessment_schemes_version_key unique (code, rule_version)
);

create table outlet_assessments (
  id                   uuid         not null primary key,
  outlet_id            uuid         not null references service_outlets (id),
  period               text         not null,
  scheme_id            uuid         not null references assessment_schemes (id),
  revision             bigint       not null,
  tally                jsonb        not null,
  content_hash         text         not null,
  told                 jsonb        not null,
  adjustments          jsonb        not null,
  score                bigint       not null,
  band                 jsonb        not null,
  status               text         not null,
  proposes_suspension  boolean      not null,
  rectification_due    date,
  valid_from           date,
  submitted_by         uuid,
  approved_by          uuid,
  approved_at          timestamptz,
  status_reason        text,
  appeal               jsonb,
  version              bigint       not null,
  created_at           timestamptz  not null,
  created_by           uuid,
  updated_at           timestamptz  not null,
  constraint outlet_assessments_period_key unique (outlet_id, period),
  constraint outlet_assessments_status_check check (status in ('draft', 'submitted', 'approved', 'appealed'))
);
create index outlet_assessments_status_idx on outlet_assessments (status, id);

create table assessment_evidence (
  id             uuid    not null primary key,
  assessment_id  uuid    not null references outlet_assessments (id),
  indicator      text    not null,
  fact           text    not null,
  resource       text    not null,
  record_id      uuid    not null,
  amount         bigint  not null
);
create index assessment_evidence_assessment_idx on assessment_evidence (assessment_id, id);
