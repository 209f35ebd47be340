"""Dashboards of what Crier runs on: everything at a glance, API, database, workers."""

from typing import Final

from scripts.grafana.panels import Board, Panel, number, rate, shares

_PROCESS: Final = '{job=~"crier-.*", instance=~"$instance"}'
_PROCESSOR: Final = f"process_cpu_seconds_total{_PROCESS}"
_POOLS: Final = "sum by (job, pool, state) (crier_database_pool_connections)"
_INSTANCE: Final = '{instance=~"$instance"}'

OVERVIEW: Final = Board(
    "overview",
    "Crier: overview",
    "Whether everything works, at a glance.",
    [
        number(
            "Processes up",
            "short",
            'sum(up{job=~"crier-.*"})',
            "Processes that answer Prometheus.",
            "operations/process-down.md",
        ),
        number(
            "Workers alive",
            "short",
            "crier_workers",
            "Workers with a sign of life, on all machines.",
            "operations/process-down.md",
        ),
        number(
            "Bots running",
            "short",
            'crier_bots{status="running"}',
            "Bots that receive updates.",
            "operations/many-bots-down.md",
        ),
        number(
            "Bots down",
            "short",
            "crier_bots_down",
            "Bots that are to run and do not.",
            "operations/many-bots-down.md",
        ),
        number(
            "Open broadcasts",
            "short",
            'crier_broadcasts{status="broadcasting"}',
            "Broadcasts that send.",
            "operations/delivery-stalled.md",
        ),
        number(
            "Database",
            "short",
            "crier_database_up",
            "1 while PostgreSQL answers the API.",
            "operations/database-down.md",
        ),
        number(
            "Cache",
            "short",
            "crier_cache_up",
            "1 while Redis answers the API.",
            "operations/cache-down.md",
        ),
        number(
            "Alerts that fire",
            "short",
            'count(ALERTS{alertstate="firing"}) or vector(0)',
            "Alerts of deploy/prometheus/alerts.yml that fire now.",
            "operations.md",
        ),
        Panel(
            "Messages a second",
            "ops",
            {
                "sent": rate('crier_broadcast_outcomes_total{outcome="sent"}'),
                "all outcomes": "crier:sends:rate5m",
            },
            "Recipients whose outcome is committed; the second line is smoothed over five minutes.",
            "performance.md",
        ),
        Panel(
            "Errors",
            "percentunit",
            {"of sends": "crier:send_errors:ratio5m", "of requests": "crier:http_errors:ratio5m"},
            "Recipients that are failed or unknown, and answers 5xx, over five minutes.",
            "operations/error-share.md",
        ),
        Panel(
            "Telegram's time to answer",
            "s",
            shares("crier_telegram_send_seconds"),
            "From a send to Telegram's whole answer.",
            "operations/throttled.md",
        ),
        Panel(
            "Jobs that wait",
            "short",
            {"{{queue}}": 'sum by (queue) (crier_queue_jobs{state="waiting"})'},
            "Jobs that no worker has taken yet.",
            "operations/queue-lag.md",
        ),
        Panel(
            "Log lines",
            "ops",
            {"{{level}}": rate("crier_log_lines_total", "level")},
            "Lines written by all processes, by level.",
            "operations/error-share.md",
        ),
        Panel(
            "Disk that is free",
            "percentunit",
            {"data folder": "crier:disk_free:ratio"},
            "Free share of the disk that holds the data folder.",
            "operations/disk-low.md",
        ),
    ],
    {},
)

API: Final = Board(
    "api",
    "Crier: API",
    "Requests, how long they take, and those that fail.",
    [
        Panel(
            "Requests",
            "reqps",
            {"{{method}}": rate("crier_http_requests_total", "method")},
            "Requests answered, by method.",
            "performance.md",
        ),
        Panel(
            "Answers by status",
            "reqps",
            {"{{status}}": rate("crier_http_requests_total", "status")},
            "Requests answered, by status.",
            "operations/error-share.md",
        ),
        Panel(
            "Time to answer",
            "s",
            shares("crier_http_request_seconds"),
            "All routes together.",
            "performance.md",
        ),
        Panel(
            "Slowest routes",
            "s",
            {
                "{{method}} {{route}}": "topk(10, histogram_quantile(0.95, "
                + rate("crier_http_request_seconds_bucket", "le, method, route", "5m")
                + "))"
            },
            "The ten routes whose slowest 5 % of answers take longest.",
            "performance.md",
        ),
        Panel(
            "Busiest routes",
            "reqps",
            {
                "{{method}} {{route}}": "topk(10, "
                + rate("crier_http_requests_total", "method, route", "5m")
                + ")"
            },
            "The ten routes that are asked most.",
            "performance.md",
        ),
        Panel(
            "Requests being answered",
            "short",
            {"now": "crier_http_in_flight"},
            "How many are in work in this moment.",
            "operations/database-slow.md",
        ),
        Panel(
            "Calls of the cache",
            "s",
            shares("crier_cache_seconds", "job"),
            "Calls of Redis that were answered.",
            "operations/cache-down.md",
        ),
        Panel(
            "Calls of the cache that fail",
            "ops",
            {"{{job}}": rate("crier_cache_failures_total", "job")},
            "Limits are counted in the process meanwhile.",
            "operations/cache-down.md",
        ),
        number(
            "Certificate ends in",
            "s",
            "crier:certificate:seconds_left",
            "Of the certificate at CRIER_PUBLIC_URL.",
            "operations/certificate.md",
        ),
    ],
    {},
)

DATABASE: Final = Board(
    "database",
    "Crier: database and queue",
    "PostgreSQL, the pools of connections to it, and the jobs that wait in it.",
    [
        Panel(
            "Statements",
            "s",
            shares("crier_database_statement_seconds", "job"),
            "From a statement until its first rows came.",
            "operations/database-slow.md",
        ),
        Panel(
            "Connections",
            "short",
            {"{{state}}": "crier_database_connections", "most": "crier_database_max_connections"},
            "Connections of everybody to PostgreSQL, and how many it allows.",
            "operations/database-slow.md",
        ),
        Panel(
            "Pools",
            "short",
            {"{{job}} {{pool}} {{state}}": _POOLS},
            "Connections that processes hold, in use and idle.",
            "operations/database-slow.md",
        ),
        Panel(
            "Requests for a connection that wait",
            "short",
            {"{{job}} {{pool}}": "sum by (job, pool) (crier_database_pool_waiting)"},
            "More than now and then: the pool is too small or statements too slow.",
            "operations/database-slow.md",
        ),
        Panel(
            "Oldest transaction",
            "s",
            {"oldest": "crier_database_oldest_transaction_seconds"},
            "A transaction that stays open keeps old rows alive.",
            "operations/database-slow.md",
        ),
        Panel(
            "Size of the database",
            "bytes",
            {"all": "crier_database_size_bytes"},
            "With indexes and partitions of all months.",
            "operations/disk-low.md",
        ),
        Panel(
            "Jobs by queue and state",
            "short",
            {"{{queue}} {{state}}": "crier_queue_jobs"},
            "Jobs of Procrastinate that wait, run, or failed.",
            "operations/queue-lag.md",
        ),
        Panel(
            "Oldest job that waits",
            "s",
            {"{{queue}}": "max by (queue) (crier_queue_oldest_seconds)"},
            "For how long a job is due that nobody has taken.",
            "operations/queue-lag.md",
        ),
        Panel(
            "Difference of clocks",
            "s",
            {"database ahead of the API": "crier_clock_offset_seconds"},
            "Between the machines of the API and of PostgreSQL.",
            "operations/clock-skew.md",
        ),
        number(
            "Age of the last backup",
            "s",
            "crier:backup:age_seconds",
            "Since `last-backup` in the data folder was touched; since 1970 where it never was.",
            "operations/backup-too-old.md",
        ),
    ],
    {},
)

WORKER: Final = Board(
    "worker",
    "Crier: workers",
    "Each worker by itself.",
    [
        Panel(
            "Event loop",
            "s",
            {"{{instance}}": f"crier_event_loop_lag_seconds{_INSTANCE}"},
            "How late the event loop came back from its last second.",
            "operations/rescue-loop.md",
        ),
        Panel(
            "Processor",
            "percentunit",
            {"{{job}} {{instance}}": f"rate({_PROCESSOR}[$__rate_interval])"},
            "Share of one core; a worker uses one.",
            "performance.md",
        ),
        Panel(
            "Memory",
            "bytes",
            {"{{job}} {{instance}}": f"process_resident_memory_bytes{_PROCESS}"},
            "Resident memory of each process.",
            "performance.md",
        ),
        Panel(
            "Open files",
            "short",
            {
                "{{job}} {{instance}}": f"process_open_fds{_PROCESS}",
                "most": 'min(process_max_fds{job=~"crier-.*"})',
            },
            "Connections count, too.",
            "operations/rescue-loop.md",
        ),
        Panel(
            "Sends of each worker",
            "ops",
            {"{{instance}}": rate(f"crier_broadcast_outcomes_total{_INSTANCE}", "instance")},
            "Committed outcomes in a second.",
            "performance.md",
        ),
        Panel(
            "Jobs that ended",
            "ops",
            {"{{task}} {{result}}": rate(f"crier_jobs_total{_INSTANCE}", "task, result")},
            "Jobs by how they ended.",
            "operations/queue-lag.md",
        ),
        Panel(
            "Workers evicted",
            "short",
            {"within half an hour": "crier:workers_evicted:increase30m"},
            "Workers that others found dead.",
            "operations/rescue-loop.md",
        ),
        Panel(
            "Jobs taken back",
            "ops",
            {
                "of evicted workers": rate("crier_jobs_reclaimed_total"),
                "that did not run": rate("crier_jobs_returned_total"),
            },
            "Jobs that went back to their queue.",
            "operations/rescue-loop.md",
        ),
        Panel(
            "Warnings that were not kept",
            "ops",
            {"all": "crier:log_rows_dropped:rate5m"},
            "Rows of the table `logs` that the database did not take.",
            "operations/database-slow.md",
        ),
        Panel(
            "Versions",
            "short",
            {"{{program}} {{version}}": "count by (program, version) (crier_build_info)"},
            "Processes by program and version; two versions are an update under way.",
            "operations/process-down.md",
        ),
    ],
    {"instance": 'up{job=~"crier-.*"}, instance'},
)
