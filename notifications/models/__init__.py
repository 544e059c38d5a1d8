from notifications.models.delivery import Delivery
from notifications.models.notification import Notification
from notifications.models.preference import NotificationSettings, Preference
from notifications.models.subscription import PushSubscription
from notifications.models.suppression import EmailSuppression

__all__ = ["Delivery", "EmailSuppression", "Notification", "NotificationSettings", "Preference", "PushSubscription"]
