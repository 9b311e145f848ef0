-- A use that was taken back says why; whoever waits for it is found by its agreement and service (AG-2, AG-3).

alter table usages add column reverse_reason text;

create index service_requests_granted_idx on service_requests (agreement_id, service_item_id, created_at) where agreement_id is not null;
