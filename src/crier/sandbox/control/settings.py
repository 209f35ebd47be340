"""Limits, faults, reset."""

from __future__ import annotations

import msgspec

from crier.sandbox.bot import Totals
from crier.sandbox.control import NotFoundError, Order
from crier.sandbox.control.bots import merge
from crier.sandbox.faults import Fault
from crier.sandbox.limits import Limits
from crier.sandbox.wire import Json


class Reset(msgspec.Struct, forbid_unknown_fields=True):
    """`what`: `counters` (counters, texts, buckets, faults) or `all` (the whole world)."""

    what: str = "all"


def show_limits(order: Order) -> Limits:
    return order.world.limits


def change_limits(order: Order) -> Limits:
    order.world.limits = merge(order.world.limits, order.read(dict[str, float]))
    return order.world.limits


def list_faults(order: Order) -> Json:
    return {"faults": order.world.faults}


def add_fault(order: Order) -> Fault:
    fault, world = order.read(Fault), order.world
    fault.check()
    if fault.bot and fault.bot not in world.bots:
        raise NotFoundError(f"there is no bot {fault.bot}")
    world.last_fault_id += 1
    fault.id = world.last_fault_id
    fault.hits = 0
    fault.until = world.monotonic() + fault.duration_s if fault.duration_s else 0.0
    world.faults.append(fault)
    return fault


def clear_faults(order: Order) -> Json:
    order.world.faults.clear()
    return {"faults": []}


def remove_fault(order: Order) -> Json:
    fault_id = int(order.names["fault"])
    kept = [fault for fault in order.world.faults if fault.id != fault_id]
    if len(kept) == len(order.world.faults):
        raise NotFoundError(f"there is no fault {fault_id} (any more)")
    order.world.faults[:] = kept
    return {"faults": kept}


def reset(order: Order) -> Json:
    what, world = order.read(Reset).what, order.world
    if what not in ("all", "counters"):
        raise ValueError("what must be all or counters")
    world.faults.clear()
    if what == "all":
        world.clear()
        return {"bots": 0}
    for bot in world.bots.values():
        bot.totals = Totals()
        bot.methods.clear()
        bot.texts.clear()
        bot.limiter.clear()
        bot.roster.clear_counters()
    return {"bots": len(world.bots)}
