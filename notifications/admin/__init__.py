from notifications.admin import notices as notices
