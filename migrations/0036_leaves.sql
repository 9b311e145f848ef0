-- When engineers are away, what they learn and what they still have to learn (domain.md 3.9, 3.23).

create table leaves (
  id             uuid         not null primary key,
  engineer_id    uuid         not null references engineers (id),
  "from"         date         not null,
  "to"           date         not null,
  kind           text         not null,
  remark         text,
  status         text         not null,
  submitted_by   uuid,
  approved_by    uuid,
  approved_at    timestamptz,
  status_reason  text,
  effect         jsonb,
  version        bigint       not null,
  created_at     timestamptz  not null,
  created_by     uuid,
  updated_at     timestamptz  not null,
  constraint leaves_status_check check (status in ('draft', 'submitted', 'approved', 'rejected', 'cancelled'))
);
create index leaves_engineer_idx on leaves (engineer_id, id);
create index leaves_approved_idx on leaves (engineer_id, "to") where status = 'approved';
create index leaves_submitted_idx on leaves (id) where status = 'submitted';

create table training_courses (
  id           uuid         not null primary key,
  code         text         not null,
  name_zh      text         not null,
  name_en      text,
  kind         text         not null,
  skill_id     uuid         references skills (id),
  dimension    text,
  description  text,
  "from"       date,
  "to"         date,
  seats        bigint,
  is_active    boolean      not null,
  search       text         not null,
  version      bigint       not null,
  created_at   timestamptz  not null,
  created_by   uuid,
  updated_at   timestamptz  not null,
  constraint training_courses_code_key unique (code),
  constraint training_courses_kind_check check (kind in ('internal', 'external'))
);

create table training_needs (
  id           uuid         not null primary key,
  engineer_id  uuid         not null references engineers (id),
  reason       text         not null,
  dimension    text,
  evidence_id  uuid,
  status       text         not null,
  course_id    uuid         references training_courses (id),
  version      bigint       not null,
  created_at   timestamptz  not null,
  created_by   uuid,
  updated_at   timestamptz  not null,
  constraint training_needs_status_check check (status in ('open', 'planned', 'met'))
);
create index training_needs_engineer_idx on training_needs (engineer_id, id);
create index training_needs_course_idx on training_needs (course_id) where course_id is not null;

alter table problem_types add column skill_ids jsonb not null default '[]';

alter table notices add column channel text;
