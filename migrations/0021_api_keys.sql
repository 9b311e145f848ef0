-- Keys by which other systems call. Their times of use and end are real time (A31).

create table api_keys (
  id            uuid         not null primary key,
  name          text         not null,
  user_id       uuid         not null references users (id),
  scopes        jsonb,
  networks      jsonb        not null,
  expires_at    timestamptz,
  revoked_at    timestamptz,
  last_used_at  timestamptz,
  search        text         not null,
  version       bigint       not null,
  created_at    timestamptz  not null,
  created_by    uuid,
  updated_at    timestamptz  not null
);
create index api_keys_page_idx on api_keys (created_at, id);

create table api_key_secrets (
  api_key_id   uuid  not null primary key references api_keys (id),
  secret_hash  text  not null
);
