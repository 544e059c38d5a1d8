from notifications.models.delivery import Delivery
from notifications.models.notification import Notification

__all__ = ["Delivery", "Notification"]
