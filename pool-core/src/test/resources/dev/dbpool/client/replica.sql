create table cars (id bigint primary key, make text not null);
insert into cars values (1, 'replica');
grant select on cars to anon;
