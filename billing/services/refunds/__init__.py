"""Money that goes back: asked for, agreed to by a second person where it must be, sent, proven, booked."""

from billing.services.refunds.approving import NotYoursToDecide, approve_refund, reject_refund
from billing.services.refunds.by_hand import (
    ReferenceTaken,
    ReferenceUnfit,
    confirm_manual_refund,
    record_manual_refund,
    take_back_reference,
)
from billing.services.refunds.requesting import (
    ChannelNotOffered,
    NotRefundable,
    RefundTooLarge,
    count_left,
    needs_second_person,
    refund_whole,
    request_refund,
)
from billing.services.refunds.sending import settle_refund, settle_refund_as_found, submit_refund, submit_refund_again
from billing.services.refunds.states import RefundsStopped, WrongRefundState

__all__ = [
    "ChannelNotOffered",
    "NotRefundable",
    "NotYoursToDecide",
    "ReferenceTaken",
    "ReferenceUnfit",
    "RefundTooLarge",
    "RefundsStopped",
    "WrongRefundState",
    "approve_refund",
    "confirm_manual_refund",
    "count_left",
    "needs_second_person",
    "record_manual_refund",
    "refund_whole",
    "reject_refund",
    "request_refund",
    "settle_refund",
    "settle_refund_as_found",
    "submit_refund",
    "submit_refund_again",
    "take_back_reference",
]
