-- When engineers work, patrol and stand by (domain.md 3.9, EN-1, EN-4).

create table shift_templates (
  id          uuid         not null primary key,
  code        text         not null,
  name_zh     text         not null,
  name_en     text,
  start       text         not null,
  "end"       text         not null,
  kind        text         not null,
  weekdays    jsonb        not null,
  is_active   boolean      not null,
  search      text         not null,
  version     bigint       not null,
  created_at  timestamptz  not null,
  created_by  uuid,
  updated_at  timestamptz  not null,
  constraint shift_templates_code_key unique (code),
  constraint shift_templates_kind_check check (kind in ('day', 'night', 'standby', 'patrol'))
);

create table rosters (
  id                 uuid         not null primary key,
  "from"             date         not null,
  "to"               date         not null,
  shift_template_id  uuid         not null references shift_templates (id),
  status             text         not null,
  submitted_by       uuid,
  approved_by        uuid,
  approved_at        timestamptz,
  status_reason      text,
  version            bigint       not null,
  created_at         timestamptz  not null,
  created_by         uuid,
  updated_at         timestamptz  not null,
  constraint rosters_status_check check (status in ('draft', 'submitted', 'approved', 'rejected', 'cancelled'))
);

create table shifts (
  id           uuid         not null primary key,
  engineer_id  uuid         not null references engineers (id),
  date         date         not null,
  start        text         not null,
  "end"        text         not null,
  kind         text         not null,
  team         text,
  roster_id    uuid         references rosters (id),
  version      bigint       not null,
  created_at   timestamptz  not null,
  created_by   uuid,
  updated_at   timestamptz  not null,
  constraint shifts_kind_check check (kind in ('day', 'night', 'standby', 'patrol')),
  constraint shifts_team_check check (team is null or team in ('A', 'B'))
);
create index shifts_engineer_idx on shifts (engineer_id, date);
create index shifts_roster_idx on shifts (roster_id, id) where roster_id is not null;
