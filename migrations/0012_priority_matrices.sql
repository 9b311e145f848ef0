create table priority_matrices (
  id          uuid         not null primary key,
  cells       jsonb        not null,
  version     bigint       not null,
  created_at  timestamptz  not null,
  created_by  uuid,
  updated_at  timestamptz  not null
);
