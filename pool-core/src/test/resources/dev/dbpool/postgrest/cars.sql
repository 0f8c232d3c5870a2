create table owners (
	id bigint primary key,
	name text not null
);

create table cars (
	id bigint primary key,
	make text not null,
	price numeric check (price >= 0),
	tags text[] not null default '{}',
	data jsonb,
	sold boolean,
	built date,
	created timestamptz not null default now(),
	code uuid,
	owner_id bigint references owners,
	seller_id bigint references owners
);

create table odd (
	id bigint primary key,
	"first name" text,
	"a.b" text,
	"or" text,
	"order" text,
	"select" text,
	"x""y" text,
	"c,d" text,
	"e(f)" text,
	"back\slash" text,
	"100%&=+;" text,
	"größe" text,
	"j->>k" text
);

create table notes (
	id bigint primary key,
	content text
);
alter table notes enable row level security;

create schema if not exists shop;
create table shop.offers (id bigint primary key);
insert into shop.offers values (7);

create function add(a bigint, b bigint) returns bigint language sql immutable as 'select a + b';

create function echo(value text) returns text language sql immutable as 'select value';

create function nothing() returns void language sql volatile as '';

create function numbers(upto integer) returns table (n integer) language sql stable
	as 'select generate_series(1, upto)';

create function words() returns setof text language sql stable
	as $$ values ('a'), ('b, "c"') $$;

create function cars_made(since date) returns setof cars language sql stable
	as 'select * from cars where built >= since';

create function fail(state text) returns void language plpgsql volatile
	as $$ begin raise exception using errcode = state, message = 'failed on purpose'; end $$;

create function add_owner() returns void language sql volatile
	as $$ insert into owners values (99, 'x') $$;

create function write_in_read() returns void language plpgsql stable
	as $$ begin perform add_owner(); end $$;

create function ambiguous(a integer) returns integer language sql immutable as 'select a';
create function ambiguous(a text) returns text language sql immutable as 'select a';

create function nap(seconds double precision) returns void language sql volatile as 'select pg_sleep(seconds)';

create function set_status(status text, owner bigint) returns void language plpgsql volatile as $$
begin
	insert into owners values (owner, 'x');
	if status is not null then
		perform set_config('response.status', status, true);
	end if;
end $$;

create function set_status_and_return(status text, owner bigint) returns setof owners language plpgsql volatile as $$
begin
	perform set_status(status, owner);
	return query select * from owners where id = owner;
end $$;
