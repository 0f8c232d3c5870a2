-- a script that fails
create table public.half_way (id int);
insert into public.no_such_table values (1);
