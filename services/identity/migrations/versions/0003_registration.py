"""Registration by e-mail, recovery, profiles, changes of contacts, consents that can be revoked, erasure."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    # An erased person keeps the id and nothing else.
    op.execute("""
        alter table person
            add column surname text not null default '',
            add column patronymic text not null default '',
            add column birth_date date,
            add column sex text check (sex in ('female', 'male')),
            add column state text not null default 'active',
            add column erased_at timestamptz""")
    # "address" is the network address that asked; "contact" is the phone or e-mail that is to be confirmed.
    op.execute("alter table registration rename column phone to contact")
    op.execute("""
        alter table registration
            add column channel text not null default 'phone',
            add column surname text not null default '',
            add column name text not null default '',
            add column consents jsonb not null default '[]',
            add column linking text,
            add column person uuid,
            add column expires_at timestamptz not null default 'infinity'""")
    op.execute("create index registration_by_contact on registration (contact)")
    op.execute("create index registration_by_age on registration (expires_at)")
    op.execute("create index registration_of_person on registration (person) where person is not null")
    op.execute("""
        create table recovery (
            id uuid primary key,
            person uuid references person,
            channel text not null,
            contact text not null,
            state text not null,
            created_at timestamptz not null,
            expires_at timestamptz not null)""")
    op.execute("create index recovery_by_age on recovery (expires_at)")
    op.execute("create index recovery_of_person on recovery (person) where person is not null")
    # A new phone that waits for its day, so that the owner of the old one can object.
    op.execute("""
        create table contact_change (
            id uuid primary key,
            person uuid not null references person,
            channel text not null,
            old_contact text not null,
            new_contact text not null,
            state text not null,
            created_at timestamptz not null,
            takes_effect_at timestamptz not null,
            finished_at timestamptz)""")
    op.execute(
        "create unique index contact_change_waiting on contact_change (person, channel) where state = 'waiting'"
    )
    op.execute("create index contact_change_due on contact_change (takes_effect_at) where state = 'waiting'")
    op.execute("create index contact_change_by_old on contact_change (old_contact) where state = 'waiting'")
    op.execute("create index one_time_code_by_age on one_time_code (expires_at)")
    op.execute("alter table consent add column state text not null default 'given'")
    op.execute("create unique index consent_in_force on consent (person, document) where state = 'given'")
    op.execute("create index consent_of_person on consent (person, given_at)")
    op.execute("create index contact_change_of_person on contact_change (person, created_at)")
