-- The field dispatch sheet besides the result, what the customer was asked, and when each engineer worked (WO-1, WO-3, WO-5).

alter table work_orders add column geo_mismatch boolean not null default false;
alter table work_orders add column parts jsonb not null default '[]';
alter table work_orders add column expenses jsonb not null default '[]';
alter table work_orders add column checklist jsonb not null default '[]';
alter table work_orders add column photos jsonb not null default '[]';
alter table work_orders add column quote jsonb;

create table labor_spells (
  id             uuid         not null primary key,
  work_order_id  uuid         not null references work_orders (id),
  engineer_id    uuid         not null references engineers (id),
  from_at        timestamptz  not null,
  to_at          timestamptz  not null
);
create index labor_spells_order_idx on labor_spells (work_order_id);
create index labor_spells_engineer_idx on labor_spells (engineer_id, to_at);

-- Several engineers on one request: one order leads, the others are its helpers' (WO-6).

alter table work_orders add column team_of uuid references work_orders (id);
create index work_orders_team_idx on work_orders (team_of, id) where team_of is not null;
drop index work_orders_open_key;
create unique index work_orders_open_key on work_orders (service_request_id) where team_of is null and status in ('dispatched', 'accepted', 'en_route', 'on_site', 'in_progress', 'waiting_parts', 'waiting_customer');
