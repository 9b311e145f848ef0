-- People and interfaces that sign in, and what keeps their sign-in safe. Times of sign-in are real time (A31).

create table users (
  id                    uuid         not null primary key,
  username              text         not null,
  display_name          text         not null,
  roles                 jsonb        not null,
  engineer_id           uuid,
  customer_id           uuid         references customers (id),
  outlet_id             uuid,
  language              text         not null,
  is_active             boolean      not null,
  must_change_password  boolean      not null,
  search                text         not null,
  version               bigint       not null,
  created_at            timestamptz  not null,
  created_by            uuid,
  updated_at            timestamptz  not null,
  constraint users_username_key unique (username)
);
create index users_page_idx on users (created_at, id);

create table credentials (
  user_id        uuid         not null primary key references users (id),
  password_hash  text         not null,
  token_epoch    bigint       not null,
  changed_at     timestamptz  not null
);

create table password_history (
  id             uuid         not null primary key,
  user_id        uuid         not null references users (id),
  password_hash  text         not null,
  changed_at     timestamptz  not null
);
create index password_history_user_idx on password_history (user_id, changed_at);

create table sessions (
  id          uuid         not null primary key,
  user_id     uuid         not null references users (id),
  address     text         not null,
  created_at  timestamptz  not null,
  expires_at  timestamptz  not null,
  revoked_at  timestamptz,
  reason      text
);
create index sessions_user_idx on sessions (user_id);
create index sessions_expires_idx on sessions (expires_at);

create table refresh_tokens (
  token_hash  text         not null primary key,
  session_id  uuid         not null references sessions (id),
  created_at  timestamptz  not null,
  used_at     timestamptz
);
create index refresh_tokens_session_idx on refresh_tokens (session_id);

create table signing_keys (
  generation   bigint       not null primary key,
  kid          text         not null,
  private_key  text         not null,
  public_key   text         not null,
  created_at   timestamptz  not null,
  active_from  timestamptz  not null,
  constraint signing_keys_kid_key unique (kid)
);

create table bootstrap_tokens (
  token_hash  text         not null primary key,
  expires_at  timestamptz  not null
);

create table bootstraps (
  id       bigint       not null primary key,
  user_id  uuid         not null,
  at       timestamptz  not null,
  constraint bootstraps_once_check check (id = 1)
);

create table sign_in_failures (
  account     text         not null,
  address     text         not null,
  recent      jsonb        not null,
  expires_at  timestamptz  not null,
  constraint sign_in_failures_pkey primary key (account, address)
);
create index sign_in_failures_expires_idx on sign_in_failures (expires_at);
