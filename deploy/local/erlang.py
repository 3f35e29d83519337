"""Two things that are asked of a running RabbitMQ node from inside Erlang, by a small hidden node beside it."""

from __future__ import annotations

#: The port mapper is a child of ours, so none is started that would outlive the node; nodes talk on loopback.
PRIVATE_DISTRIBUTION = "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}"


def command(name: str, expression: str) -> list[str]:
    """The command that evaluates an expression in a node of this name."""
    options = f"-boot no_dot_erlang -noinput -hidden -sname {name}@localhost {PRIVATE_DISTRIBUTION}"
    return ["erl", *options.split(), "-eval", expression]


def detach_statistics(node: str) -> str:
    """Take out the management plugin's event handler before a stop, which makes the stop five seconds shorter.

    That handler calls a process that by then waits for the handler to end: both stand still until the supervisor's
    limit of 5 s. Nothing depends on this: if it fails (another version, a node that hangs) the stop is slower.
    """
    handler = "[rabbit_event, rabbit_mgmt_db_handler, []]"
    return f"rpc:call('{node}', gen_event, delete_handler, {handler}, 2000), halt()."


def elect_leaders(node: str) -> str:
    """Once the node is up, hold an election in each quorum queue that has no leader.

    RabbitMQ writes down half a second late which files belong to a new quorum queue. A node killed before that
    starts the queue anew and then waits for ever for a leader (rabbitmq-server issue 10070): publishers and
    consumers hang. An election that is not needed changes nothing.
    """
    return (
        f"N = '{node}',"
        "Up = fun F(0) -> halt(1); F(K) -> case rpc:call(N, rabbit, is_running, [], 5000) of"
        " true -> ok; _ -> timer:sleep(200), F(K - 1) end end,"
        "Up(300),"
        "[rpc:call(N, ra, trigger_election, [{Q, N}, 5000]) ||"
        " {Q, _} <- rpc:call(N, ra_directory, list_registered, [quorum_queues]),"
        " rpc:call(N, ra_leaderboard, lookup_leader, [Q]) =:= undefined],"
        "halt()."
    )
