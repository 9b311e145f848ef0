-- Keys other systems know a skill by.

alter table skills add column external_refs jsonb not null default '[]';
