-- Files of a request, notices to be read, and what happened day by day.

create table attachments (
  id                  uuid         not null primary key,
  service_request_id  uuid         not null references service_requests (id),
  file_name           text         not null,
  media_type          text         not null,
  size_bytes          bigint       not null,
  sha256              text         not null,
  scan_status         text         not null,
  version             bigint       not null,
  created_at          timestamptz  not null,
  created_by          uuid,
  updated_at          timestamptz  not null,
  constraint attachments_size_check check (size_bytes > 0)
);
create index attachments_request_idx on attachments (service_request_id, id);

-- Pieces of files in order; kept before the record that names them, so nothing refers to it.
create table attachment_blobs (
  attachment_id  uuid    not null,
  no             bigint  not null,
  bytes          bytea   not null,
  constraint attachment_blobs_pkey primary key (attachment_id, no)
);

alter table notices add column status text not null default 'queued';
create index notices_at_idx on notices (at, id);
create index notices_engineer_idx on notices (engineer_id, id) where engineer_id is not null;
create index notices_customer_idx on notices (customer_id, id) where customer_id is not null;

-- Sums for each local day, product and problem type; a shard is one of several rows that are added up, so that
-- writers seldom wait for each other.
create table daily_figures (
  on_date                   date    not null,
  product_id                uuid    not null,
  problem_type_id           uuid    not null,
  shard                     bigint  not null,
  registered                bigint  not null,
  resolved                  bigint  not null,
  processed                 bigint  not null,
  closed                    bigint  not null,
  cancelled                 bigint  not null,
  reopened                  bigint  not null,
  locked_assignment_overdue bigint  not null,
  locked_unresolved_twice   bigint  not null,
  fixes                     bigint  not null,
  first_time_fixes          bigint  not null,
  response_met              bigint  not null,
  response_breached         bigint  not null,
  response_ended            bigint  not null,
  response_minutes          bigint  not null,
  arrangement_met           bigint  not null,
  arrangement_breached      bigint  not null,
  arrangement_ended         bigint  not null,
  arrangement_minutes       bigint  not null,
  arrival_met               bigint  not null,
  arrival_breached          bigint  not null,
  arrival_ended             bigint  not null,
  arrival_minutes           bigint  not null,
  resolution_met            bigint  not null,
  resolution_breached       bigint  not null,
  resolution_ended          bigint  not null,
  resolution_minutes        bigint  not null,
  constraint daily_figures_pkey primary key (on_date, product_id, problem_type_id, shard)
);
create index daily_figures_product_idx on daily_figures (product_id, on_date);
create index daily_figures_problem_type_idx on daily_figures (problem_type_id, on_date);
