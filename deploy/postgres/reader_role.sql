-- A role that may read the marts of one company and nothing else.
--
--   psql -v ON_ERROR_STOP=1 -v schema=marts_office_software -v reader=health_reader \
--        -v writer=health_refresh -f deploy/postgres/reader_role.sql the_database
--
-- schema   the published schema; every other schema stays closed to the reader
-- reader   the role to be made; it can't sign in itself: grant it to those of your readers
-- writer   the role that runs refreshes, whose future tables the reader may read too
--
-- Run it as a superuser, or as the owner of database and schema who may create roles. Running it
-- again changes nothing. It takes from PUBLIC what Postgres gives to everybody: to connect to this
-- database, to make temporary tables in it, and the use of the schema `public`.

begin;

select format('create role %I nologin', :'reader')
where not exists (select 1 from pg_roles where rolname = :'reader')
\gexec

alter role :"reader" nologin nosuperuser nocreatedb nocreaterole noreplication nobypassrls;

select current_database() as database
\gset

revoke all on database :"database" from public;
grant connect on database :"database" to :"reader";
revoke all on schema public from public;

revoke all on schema :"schema" from public;
grant usage on schema :"schema" to :"reader";
revoke all on all tables in schema :"schema" from public, :"reader";
grant select on all tables in schema :"schema" to :"reader";

-- Tables that later refreshes make.
alter default privileges for role :"writer" in schema :"schema"
    grant select on tables to :"reader";

commit;
