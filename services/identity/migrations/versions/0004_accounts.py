"""Links that a weak proof made, groups with a default, grants by owners, organisations (ID-6, ID-7, ID-8, ID-11)."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    # The id is what a code that confirms the link belongs to. "confirmed_by": contact or operator.
    op.execute("""
        alter table link
            add column id uuid not null default gen_random_uuid(),
            add column confirmed_by text,
            add column confirmed_at timestamptz""")
    op.execute("create index link_by_account on link (account) where state <> 'unlinked'")
    op.execute("create index link_by_group on link (account_group)")
    op.execute("alter table account_group add column is_default boolean not null default false")
    op.execute("create unique index account_group_default on account_group (person) where is_default")

    # --- what one person lets another do. Until the offer is accepted nobody is known but an address.
    op.execute("""
        create table access_grant (
            id uuid primary key,
            account uuid not null,
            provider text not null,
            number text not null,
            giver uuid not null references person,
            channel text not null,
            contact text not null,
            receiver uuid references person,
            name text not null,
            scopes text[] not null,
            until timestamptz,
            state text not null,
            created_at timestamptz not null,
            expires_at timestamptz not null,
            decided_at timestamptz,
            ended_at timestamptz,
            own_name text not null default '',
            account_group uuid references account_group on delete set null,
            version bigint not null default nextval('access_version'))""")
    op.execute(
        "create index access_grant_by_account on access_grant (account) where state in ('invited', 'active')"
    )
    op.execute("create index access_grant_by_giver on access_grant (giver, created_at)")
    op.execute("create index access_grant_by_receiver on access_grant (receiver) where state = 'active'")
    op.execute("create index access_grant_by_contact on access_grant (contact) where state = 'invited'")
    op.execute("create index access_grant_by_end on access_grant (until) where state = 'active'")
    op.execute("create index access_grant_by_expiry on access_grant (expires_at) where state = 'invited'")
    op.execute("create index access_grant_by_group on access_grant (account_group)")

    # --- organisations. A tax number is no proof of anything, so it is not unique: nobody can take it from its owner.
    op.execute("""
        create table organisation (
            id uuid primary key,
            name text not null,
            country text not null,
            tax_number text not null,
            branch_code text not null,
            created_by uuid not null,
            created_at timestamptz not null)""")
    op.execute("create index organisation_by_creator on organisation (created_by)")
    op.execute("""
        create table membership (
            id uuid primary key,
            organisation uuid not null references organisation,
            person uuid references person,
            channel text not null,
            contact text not null,
            name text not null,
            role text not null,
            state text not null,
            invited_by uuid not null,
            created_at timestamptz not null,
            expires_at timestamptz not null,
            decided_at timestamptz,
            ended_at timestamptz,
            version bigint not null default nextval('access_version'))""")
    op.execute("create index membership_by_organisation on membership (organisation, created_at)")
    op.execute(
        "create unique index membership_active on membership (person, organisation) where state = 'active'"
    )
    op.execute("create index membership_by_contact on membership (contact) where state = 'invited'")
    op.execute("create index membership_by_expiry on membership (expires_at) where state = 'invited'")
    op.execute("""
        create table organisation_link (
            organisation uuid not null references organisation,
            account uuid not null,
            id uuid not null default gen_random_uuid(),
            provider text not null,
            number text not null,
            name text not null default '',
            state text not null,
            linked_by uuid not null,
            linked_at timestamptz not null,
            confirmed_by text,
            confirmed_at timestamptz,
            version bigint not null default nextval('access_version'),
            primary key (organisation, account))""")
