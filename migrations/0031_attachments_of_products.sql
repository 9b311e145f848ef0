-- Files belong to a request or to a product: manuals are kept once, not with every request. The table is made anew under
-- its own name, so that its constraints keep theirs.

create table attachments_before (
  id                  uuid         not null,
  service_request_id  uuid         not null,
  file_name           text         not null,
  media_type          text         not null,
  size_bytes          bigint       not null,
  sha256              text         not null,
  scan_status         text         not null,
  version             bigint       not null,
  created_at          timestamptz  not null,
  created_by          uuid,
  updated_at          timestamptz  not null
);

insert into attachments_before
select id, service_request_id, file_name, media_type, size_bytes, sha256, scan_status, version, created_at, created_by,
  updated_at
from attachments;

drop table attachments;

create table attachments (
  id                  uuid         not null primary key,
  service_request_id  uuid         references service_requests (id),
  product_id          uuid         references products (id),
  kind                text         not null,
  file_name           text         not null,
  media_type          text         not null,
  size_bytes          bigint       not null,
  sha256              text         not null,
  scan_status         text         not null,
  version             bigint       not null,
  created_at          timestamptz  not null,
  created_by          uuid,
  updated_at          timestamptz  not null,
  constraint attachments_size_check check (size_bytes > 0),
  constraint attachments_subject_check check ((service_request_id is null) <> (product_id is null)),
  constraint attachments_kind_check check (kind in ('file', 'service_manual', 'maintenance_manual'))
);
create index attachments_request_idx on attachments (service_request_id, id) where service_request_id is not null;
create index attachments_product_idx on attachments (product_id, id) where product_id is not null;

insert into attachments (id, service_request_id, kind, file_name, media_type, size_bytes, sha256, scan_status, version,
  created_at, created_by, updated_at)
select id, service_request_id, 'file', file_name, media_type, size_bytes, sha256, scan_status, version, created_at,
  created_by, updated_at
from attachments_before;

drop table attachments_before;
