create table imports (
  id           uuid         not null primary key,
  number       text         not null,
  resource     text         not null,
  mapping      text         not null,
  mode         text         not null,
  dry_run      boolean      not null,
  status       text         not null,
  total        bigint       not null,
  created      bigint       not null,
  updated      bigint       not null,
  unchanged    bigint       not null,
  failed       bigint       not null,
  warnings     bigint       not null,
  summary      jsonb        not null,
  finished_at  timestamptz,
  version      bigint       not null,
  created_at   timestamptz  not null,
  created_by   uuid,
  updated_at   timestamptz  not null,
  constraint imports_number_key unique (number)
);

create table import_rows (
  id           uuid    not null primary key,
  import_id    uuid    not null references imports (id),
  line         bigint  not null,
  status       text    not null,
  resource_id  uuid,
  code         text,
  detail       text,
  pointer      text
);
create index import_rows_import_idx on import_rows (import_id, line, id);
