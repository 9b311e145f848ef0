create table customers (
  id                 uuid         not null primary key,
  number             text         not null,
  kind               text         not null,
  name               text         not null,
  class              text         not null,
  phone              text         not null,
  email              text,
  region_code        text,
  preferred_channel  text,
  language           text         not null,
  tags               jsonb        not null,
  sms_opt_out        boolean      not null,
  credit_blocked     boolean      not null,
  external_refs      jsonb        not null,
  custom_fields      jsonb        not null,
  is_active          boolean      not null,
  search             text         not null,
  version            bigint       not null,
  created_at         timestamptz  not null,
  created_by         uuid,
  updated_at         timestamptz  not null,
  constraint customers_number_key unique (number),
  constraint customers_identity_key unique (kind, name, phone)
);
create index customers_class_idx on customers (class, id);
create index customers_phone_idx on customers (phone);

create table contacts (
  id           uuid         not null primary key,
  customer_id  uuid         not null references customers (id),
  name         text         not null,
  title        text,
  phone        text,
  email        text,
  wechat       text,
  is_primary   boolean      not null,
  version      bigint       not null,
  created_at   timestamptz  not null,
  created_by   uuid,
  updated_at   timestamptz  not null,
  constraint contacts_reach_check check (phone is not null or email is not null)
);
create index contacts_customer_idx on contacts (customer_id, id);
create unique index contacts_primary_key on contacts (customer_id) where is_primary;

create table addresses (
  id           uuid              not null primary key,
  customer_id  uuid              not null references customers (id),
  region_code  text              not null,
  detail       text              not null,
  lat          text,
  lng          text,
  is_default   boolean           not null,
  version      bigint            not null,
  created_at   timestamptz       not null,
  created_by   uuid,
  updated_at   timestamptz       not null
);
create index addresses_customer_idx on addresses (customer_id, id);
create unique index addresses_default_key on addresses (customer_id) where is_default;
