insert into public.makes (name) values ('VW'), ('Opel');
insert into public.cars (make, owner) values
	('VW', '00000000-0000-4000-8000-000000000001'),
	('Opel', '00000000-0000-4000-8000-000000000002');
