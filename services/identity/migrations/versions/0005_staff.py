"""Sessions with device and end, second factors, staff, the audit log (ID-3, ID-10)."""

from alembic import op

from chassis.journals import append_only

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    # --- sessions. What ended one is its state; the transaction that ended it lets gateways ask what is new.
    op.execute("""
        alter table session
            add column device text not null default '',
            add column network text not null default '',
            add column second_factor boolean not null default false,
            add column ended_at timestamptz,
            add column ended_by xid8""")
    op.execute("update session set state = 'signed_out', ended_at = used_at where state = 'ended'")
    op.execute("create index session_by_end on session (ended_at) where ended_at is not null")
    op.execute("create index session_by_network on session (person, network)")

    # --- staff
    op.execute("alter table person add column disabled_at timestamptz")
    op.execute("create index person_of_staff on person (id) where roles <> '{}'")

    # --- the second factor: its secret sealed, the step of the last code that was used, one that waits to be confirmed
    op.execute("""
        create table second_factor (
            person uuid primary key references person,
            sealed text,
            confirmed_at timestamptz,
            last_step bigint not null default 0,
            waiting text)""")
    op.execute("""
        create table recovery_code (
            person uuid not null references person,
            code_hash text not null,
            used_at timestamptz,
            primary key (person, code_hash))""")
    op.execute("""
        create table challenge (
            id uuid primary key,
            person uuid not null references person,
            secret_hash text not null,
            state text not null,
            tries int not null default 0,
            created_at timestamptz not null,
            expires_at timestamptz not null)""")
    op.execute("create index challenge_by_end on challenge (expires_at)")

    # --- the audit log: each entry holds the digest of the one before it
    op.execute("""
        create table audit_entry (
            position bigint primary key,
            service text not null,
            action uuid not null,
            person uuid not null,
            roles text[] not null,
            operation text not null,
            kind text not null,
            outcome text not null,
            at timestamptz not null,
            targets jsonb not null,
            request text not null,
            previous text not null,
            digest text not null)""")
    op.execute("create index audit_entry_by_person on audit_entry (person, position)")
    op.execute("create index audit_entry_by_time on audit_entry (at, position)")
    op.execute("create index audit_entry_by_target on audit_entry using gin (targets jsonb_path_ops)")
    append_only(op, "audit_entry")
