-- When the warranty of a unit ends, as it was reckoned last, and when the clock next tells somebody of it.

create table warranty_ends (
  installed_product_id  uuid    not null primary key references installed_products (id),
  ends_on               date,
  due_at                timestamptz,
  told_ends_on          date,
  told_days             bigint
);
create index warranty_ends_due_idx on warranty_ends (due_at) where due_at is not null;
create index warranty_ends_on_idx on warranty_ends (ends_on) where ends_on is not null;

-- Units from before are reckoned when the clock next looks.
insert into warranty_ends (installed_product_id, due_at)
select id, created_at from installed_products;
