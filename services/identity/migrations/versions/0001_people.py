"""People, registrations, codes, sessions, groups and linked accounts."""

from alembic import op

from authorisation import tables as access_tables
from chassis import tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    tables.create(op)
    access_tables.create(op)
    op.execute("""
        create table person (
            id uuid primary key,
            phone text unique,
            email text unique,
            password_hash text not null,
            name text not null default '',
            language text not null default 'ru',
            roles text[] not null default '{}',
            created_at timestamptz not null)""")
    op.execute("""
        create table registration (
            id uuid primary key,
            phone text not null,
            password_hash text not null,
            language text not null,
            state text not null,
            created_at timestamptz not null,
            address text not null)""")
    op.execute("""
        create table one_time_code (
            id uuid primary key,
            purpose text not null,
            owner uuid not null,
            channel text not null,
            address text not null,
            code_hash text not null,
            state text not null,
            tries int not null default 0,
            created_at timestamptz not null,
            expires_at timestamptz not null)""")
    op.execute("create index one_time_code_by_address on one_time_code (address, created_at)")
    op.execute("create index one_time_code_by_owner on one_time_code (owner, purpose, created_at)")
    op.execute("""
        create table session (
            id uuid primary key,
            person uuid not null references person,
            refresh_hash text not null,
            state text not null,
            created_at timestamptz not null,
            used_at timestamptz not null,
            expires_at timestamptz not null)""")
    op.execute("create index session_by_person on session (person) where state = 'open'")
    op.execute("""
        create table consent (
            id uuid primary key,
            person uuid not null references person,
            document text not null,
            version text not null,
            given_at timestamptz not null,
            given_from text not null,
            revoked_at timestamptz)""")
    op.execute("""
        create table account_group (
            id uuid primary key,
            person uuid not null references person,
            name text not null,
            created_at timestamptz not null)""")
    op.execute("create unique index account_group_by_name on account_group (person, name)")
    # Orders what is told of one person's access to one account: drawn under the lock that the change is made under.
    op.execute("create sequence access_version")
    op.execute("""
        create table link (
            person uuid not null references person,
            account uuid not null,
            provider text not null,
            number text not null,
            name text not null default '',
            account_group uuid not null references account_group,
            scopes text[] not null,
            state text not null,
            linked_at timestamptz not null,
            version bigint not null default nextval('access_version'),
            primary key (person, account))""")
