-- One row, locked by whoever lets the system choose an engineer: such choices are made one after the other.

create table dispatch_turns (
  id  bigint  not null primary key
);
insert into dispatch_turns (id) values (1);
