-- How many jobs an outlet must have finished in a period to get stars.

alter table assessment_schemes add column min_jobs bigint not null default 1;
