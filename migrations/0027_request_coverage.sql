-- Which agreement a request goes by, and who pays (AG-1, AG-3). Requests of before were never judged.

alter table service_requests add column service_item_id uuid;
alter table service_requests add column agreement_id uuid;
alter table service_requests add column coverage text;
alter table service_requests add column coverage_record jsonb;

alter table work_orders add column exclusion_cause text;

create index service_requests_agreement_idx on service_requests (agreement_id, id) where agreement_id is not null;
