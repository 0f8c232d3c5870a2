create table authors (
	id bigint primary key,
	name text not null,
	country text
);

create type genre as enum ('NOVEL', 'POEM', 'PLAY');

create table books (
	id bigint primary key,
	author_id bigint references authors,
	translator_id bigint references authors,
	title text not null,
	genre genre,
	price numeric,
	pages integer,
	tags text[] not null default '{}',
	data jsonb,
	sold boolean,
	lent daterange,
	chapters int4range,
	open tstzrange,
	words tsvector generated always as (to_tsvector('english', title)) stored,
	code uuid,
	printed date,
	delivered timestamptz,
	opens time,
	took interval,
	cover bytea,
	numbers bigint[]
);

create table chapters (
	id bigint primary key,
	book_id bigint not null references books,
	title text not null,
	length integer
);

create function books_of(author bigint) returns setof books language sql stable
	as 'select * from books where author_id = author order by id';

create function books_by_id(ids bigint[]) returns setof books language sql stable
	as 'select * from books where id = any(ids)';

create function wide_rows(count integer, width integer) returns table (n integer, filling text) language sql stable
	as $$ select i, repeat('x', width) from generate_series(1, count) i $$;

create function twice(value text) returns text language sql immutable as 'select value || value';

create function add_author(author bigint, copies integer) returns setof authors language sql as $$
	insert into authors (id, name) values (author, 'added');
	select a.* from authors a, generate_series(1, copies) where a.id = author;
$$;

create table moments (
	id bigint primary key,
	day date,
	clock time,
	clock_there timetz,
	local timestamp,
	instant timestamptz,
	days interval,
	took interval,
	days_between daterange,
	locals_between tsrange,
	instants_between tstzrange
);

create function words_and_null() returns setof text language sql stable
	as $$ values ('a'), (null), ('b') $$;
