create table api.things (id int);
insert into api.things values (1);
create function api.who() returns text language sql stable as $$ select auth.role() $$;
